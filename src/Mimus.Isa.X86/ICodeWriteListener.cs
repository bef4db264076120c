namespace Mimus.Isa.X86;

/// <summary>Hears of writes to memory that the processor makes by itself, beside its instructions' own stores.</summary>
public unsafe interface ICodeWriteListener
{
    void Written(byte* host, int size);
}
