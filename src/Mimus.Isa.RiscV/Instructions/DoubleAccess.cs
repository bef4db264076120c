namespace Mimus.Isa.RiscV.Instructions;

/// <summary>64 bits.</summary>
internal readonly struct DoubleAccess : IAccessSize
{
    public static MemorySize Size => MemorySize.Double;
}
