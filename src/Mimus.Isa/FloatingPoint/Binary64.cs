namespace Mimus.Isa.FloatingPoint;

/// <summary>IEEE 754-2019 binary64, double precision.</summary>
public readonly struct Binary64 : IFloatFormat
{
    public static int ExponentBits => 11;

    public static int FractionBits => 52;
}
