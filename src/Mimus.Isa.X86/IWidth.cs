namespace Mimus.Isa.X86;

/// <summary>The width of an operation, as a type.</summary>
public interface IWidth
{
    static abstract MemorySize Size { get; }
}

/// <summary>8 bits.</summary>
public readonly struct Bits8 : IWidth
{
    public static MemorySize Size => MemorySize.Byte;
}

/// <summary>16 bits.</summary>
public readonly struct Bits16 : IWidth
{
    public static MemorySize Size => MemorySize.Half;
}

/// <summary>32 bits.</summary>
public readonly struct Bits32 : IWidth
{
    public static MemorySize Size => MemorySize.Word;
}

/// <summary>64 bits.</summary>
public readonly struct Bits64 : IWidth
{
    public static MemorySize Size => MemorySize.Double;
}
