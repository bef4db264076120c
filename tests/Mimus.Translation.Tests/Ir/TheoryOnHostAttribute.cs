using Mimus.Translation.Tests.X64.Execution;

namespace Mimus.Translation.Tests.Ir;

/// <summary>A theory that runs emitted code; skipped where the host's processor cannot.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TheoryOnHostAttribute : TheoryAttribute
{
    public TheoryOnHostAttribute() => Skip = FactOnHostAttribute.Reason;
}
