namespace Mimus.Isa.FloatingPoint;

/// <summary>The exceptions of IEEE 754-2019, 7.2 to 7.6, in the order of RISC-V's <c>fflags</c>.</summary>
[Flags]
public enum FloatFlags : byte
{
    None = 0,
    Inexact = 1,
    Underflow = 2,
    Overflow = 4,
    DivideByZero = 8,
    Invalid = 16,
}
