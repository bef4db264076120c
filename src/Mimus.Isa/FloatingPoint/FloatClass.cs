namespace Mimus.Isa.FloatingPoint;

/// <summary>The class of a value as a one-hot mask: the result of RISC-V's <c>fclass</c> (F extension, "Classify").</summary>
[Flags]
public enum FloatClass : ushort
{
    None = 0,
    NegativeInfinity = 1 << 0,
    NegativeNormal = 1 << 1,
    NegativeSubnormal = 1 << 2,
    NegativeZero = 1 << 3,
    PositiveZero = 1 << 4,
    PositiveSubnormal = 1 << 5,
    PositiveNormal = 1 << 6,
    PositiveInfinity = 1 << 7,
    SignalingNaN = 1 << 8,
    QuietNaN = 1 << 9,
}
