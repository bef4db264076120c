namespace Mimus.Isa.FloatingPoint;

/// <summary>The rounding-direction attributes of IEEE 754-2019, 4.3, numbered as RISC-V's <c>frm</c> (F extension, table of rounding modes).</summary>
public enum RoundingMode : byte
{
    NearestEven = 0,
    TowardZero = 1,
    Down = 2,
    Up = 3,
    NearestMaxMagnitude = 4,
}
