namespace Mimus.Isa.FloatingPoint;

/// <summary>The rounding directions of IEEE 754-2019, 4.3, numbered as in RISC-V's <c>frm</c>.</summary>
public enum RoundingMode : byte
{
    NearestEven = 0,
    TowardZero = 1,
    Down = 2,
    Up = 3,
    NearestMaxMagnitude = 4,
}
