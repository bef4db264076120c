using Mimus.Isa;

namespace Mimus.Translation.Engine;

/// <summary>What an atomic instruction does to memory: replace it by a function of what is there, or exchange it if it is what was expected.</summary>
internal readonly unsafe struct MemoryUpdate
{
    private readonly AtomicOperation _operation;
    private readonly bool _compares;
    private readonly ulong _operand, _expected;

    public MemoryUpdate(AtomicOperation operation, ulong operand) => (_operation, _operand) = (operation, operand);

    public MemoryUpdate(ulong expected, ulong value) => (_compares, _expected, _operand) = (true, expected, value);

    /// <summary>Does it in one step; the result is what was there.</summary>
    public ulong Apply(byte* host, MemorySize size) =>
        _compares ? AtomicMemory.CompareExchange(host, size, _expected, _operand) : AtomicMemory.Replace(_operation, host, size, _operand);

    /// <summary>What is stored where something was found.</summary>
    public ulong Result(ulong found, MemorySize size)
    {
        if (_compares) return found == _expected ? _operand : found;
        // Safe: a place of this method alone, as wide as the widest size.
        AtomicMemory.Replace(_operation, (byte*)&found, size, _operand);
        return found;
    }
}
