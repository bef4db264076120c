using Xunit;

namespace Mimus.TestSupport;

/// <summary>A fact that is skipped, with the reason, where one of its needs is not met.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactNeedingAttribute : FactAttribute
{
    public FactNeedingAttribute(params Need[] needs)
    {
        Needs = needs;
        Skip = TestNeeds.Missing(needs);
    }

    public IReadOnlyList<Need> Needs { get; }
}
