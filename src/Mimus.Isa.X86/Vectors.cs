namespace Mimus.Isa.X86;

/// <summary>Which vector and floating-point instructions run: the bits of <see cref="X86State.VectorsEnabled"/>.</summary>
public static class Vectors
{
    public const ulong Sse = 1, Avx = 2;

    /// <summary>x87 and MMX are not to be emulated.</summary>
    public const ulong Legacy = 4;

    /// <summary>CR0.TS: the first use after a task switch traps.</summary>
    public const ulong Switched = 8;
}
