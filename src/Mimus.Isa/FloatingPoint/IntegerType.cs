namespace Mimus.Isa.FloatingPoint;

/// <summary>The integer side of a conversion.</summary>
public enum IntegerType : byte
{
    Int32,
    UInt32,
    Int64,
    UInt64,
}
