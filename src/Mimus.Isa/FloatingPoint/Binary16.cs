namespace Mimus.Isa.FloatingPoint;

/// <summary>IEEE 754-2019 binary16, half precision.</summary>
public readonly struct Binary16 : IFloatFormat
{
    public static int ExponentBits => 5;

    public static int FractionBits => 10;
}
