using Xunit;

namespace Mimus.TestSupport;

/// <summary>A theory that is skipped, with the reason, where one of its needs is not met.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TheoryNeedingAttribute : TheoryAttribute
{
    public TheoryNeedingAttribute(params Need[] needs)
    {
        Needs = needs;
        Skip = TestNeeds.Missing(needs);
    }

    public IReadOnlyList<Need> Needs { get; }
}
