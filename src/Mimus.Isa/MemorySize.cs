namespace Mimus.Isa;

/// <summary>The width of one memory access; the value is the number of bytes.</summary>
public enum MemorySize : byte
{
    Byte = 1,
    Half = 2,
    Word = 4,
    Double = 8,
}
