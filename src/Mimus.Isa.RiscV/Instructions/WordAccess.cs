namespace Mimus.Isa.RiscV.Instructions;

/// <summary>32 bits.</summary>
internal readonly struct WordAccess : IAccessSize
{
    public static MemorySize Size => MemorySize.Word;
}
