namespace Mimus.Isa.Tests.FloatingPoint;

/// <summary>A theory whose oracle is the host's processor; skipped, with the reason, where that is of another kind.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class HostTheoryAttribute : TheoryAttribute
{
    public HostTheoryAttribute() => Skip = HostFpu.Missing;

    /// <summary>Whether the unsigned conversions of AVX-512 are needed.</summary>
    public bool Unsigned
    {
        get => false;
        set => Skip = value ? HostFpu.MissingUnsigned : HostFpu.Missing;
    }
}
