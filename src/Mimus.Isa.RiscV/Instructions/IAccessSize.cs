namespace Mimus.Isa.RiscV.Instructions;

/// <summary>The width of an atomic access, as a type argument.</summary>
internal interface IAccessSize
{
    static abstract MemorySize Size { get; }
}
