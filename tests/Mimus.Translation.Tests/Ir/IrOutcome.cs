namespace Mimus.Translation.Tests.Ir;

/// <summary>How a run of a unit ended.</summary>
internal enum EndKind
{
    /// <summary>At an address outside of the unit.</summary>
    Left,
    Trapped,

    /// <summary>A guard did not hold: the instruction is somebody else's.</summary>
    Guarded,

    /// <summary>It went on for too long.</summary>
    Endless,
}

/// <summary>Where a run ended, and how many instructions it retired.</summary>
internal readonly record struct IrOutcome(EndKind Kind, ulong Pc, ulong Retired, int Cause = 0, ulong Value = 0)
{
    public override string ToString() => $"{Kind} at 0x{Pc:x} after {Retired} instructions" + (Kind == EndKind.Trapped ? $", cause {Cause}, value 0x{Value:x}" : "");
}
