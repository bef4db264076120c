namespace Mimus.Isa.RiscV;

/// <summary>Numbers of the 64-bit slots at the start of <see cref="RiscVState"/> that semantics use.</summary>
public static class Slot
{
    /// <summary>Where a result for x0 goes; nothing reads it.</summary>
    public const int Sink = 32;

    public const int F0 = 33;
    public const int FloatFlags = 66;
    public const int RoundingMode = 67;
    public const int FloatStatus = 68;
}
