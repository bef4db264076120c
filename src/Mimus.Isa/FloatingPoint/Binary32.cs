namespace Mimus.Isa.FloatingPoint;

/// <summary>IEEE 754-2019 binary32, single precision.</summary>
public readonly struct Binary32 : IFloatFormat
{
    public static int ExponentBits => 8;

    public static int FractionBits => 23;
}
