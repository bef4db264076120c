using Mimus.Isa;

namespace Mimus.Translation.Evaluator;

/// <summary>Atomic read-modify-write of guest memory.</summary>
internal static unsafe class AtomicMemory
{
    /// <summary>Replaces what is at an aligned host address; the result is what was there, zero-extended.</summary>
    public static ulong Replace(AtomicOperation operation, byte* host, MemorySize size, ulong operand) => size switch
    {
        MemorySize.Word => Word(operation, ref *(uint*)host, (uint)operand),
        MemorySize.Double => Double(operation, ref *(ulong*)host, operand),
        _ => throw new ArgumentOutOfRangeException(nameof(size)),
    };

    private static uint Word(AtomicOperation operation, ref uint place, uint operand)
    {
        switch (operation)
        {
            case AtomicOperation.Swap: return Interlocked.Exchange(ref place, operand);
            case AtomicOperation.Add: return Interlocked.Add(ref place, operand) - operand;
            case AtomicOperation.And: return Interlocked.And(ref place, operand);
            case AtomicOperation.Or: return Interlocked.Or(ref place, operand);
        }
        while (true)
        {
            var old = Volatile.Read(ref place);
            var wanted = operation switch
            {
                AtomicOperation.Xor => old ^ operand,
                AtomicOperation.MinimumSigned => (uint)Math.Min((int)old, (int)operand),
                AtomicOperation.MaximumSigned => (uint)Math.Max((int)old, (int)operand),
                AtomicOperation.MinimumUnsigned => Math.Min(old, operand),
                _ => Math.Max(old, operand),
            };
            if (Interlocked.CompareExchange(ref place, wanted, old) == old) return old;
        }
    }

    private static ulong Double(AtomicOperation operation, ref ulong place, ulong operand)
    {
        switch (operation)
        {
            case AtomicOperation.Swap: return Interlocked.Exchange(ref place, operand);
            case AtomicOperation.Add: return Interlocked.Add(ref place, operand) - operand;
            case AtomicOperation.And: return Interlocked.And(ref place, operand);
            case AtomicOperation.Or: return Interlocked.Or(ref place, operand);
        }
        while (true)
        {
            var old = Volatile.Read(ref place);
            var wanted = operation switch
            {
                AtomicOperation.Xor => old ^ operand,
                AtomicOperation.MinimumSigned => (ulong)Math.Min((long)old, (long)operand),
                AtomicOperation.MaximumSigned => (ulong)Math.Max((long)old, (long)operand),
                AtomicOperation.MinimumUnsigned => Math.Min(old, operand),
                _ => Math.Max(old, operand),
            };
            if (Interlocked.CompareExchange(ref place, wanted, old) == old) return old;
        }
    }
}
