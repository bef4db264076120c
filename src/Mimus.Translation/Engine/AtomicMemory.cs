using System.Numerics;
using Mimus.Isa;

namespace Mimus.Translation.Engine;

/// <summary>Atomic read-modify-write of guest memory.</summary>
internal static unsafe class AtomicMemory
{
    /// <summary>Replaces what is at a host address, aligned where the host needs that; the result is what was there, zero-extended.</summary>
    public static ulong Replace(AtomicOperation operation, byte* host, MemorySize size, ulong operand) => size switch
    {
        MemorySize.Byte => Replace<byte, sbyte>(operation, ref *host, (byte)operand),
        MemorySize.Half => Replace<ushort, short>(operation, ref *(ushort*)host, (ushort)operand),
        MemorySize.Word => Replace<uint, int>(operation, ref *(uint*)host, (uint)operand),
        _ => Replace<ulong, long>(operation, ref *(ulong*)host, operand),
    };

    /// <summary>Replaces what is at a host address, aligned in the same sense, if it is what was expected; the result is what was there, zero-extended.</summary>
    public static ulong CompareExchange(byte* host, MemorySize size, ulong expected, ulong value) => size switch
    {
        MemorySize.Byte => Interlocked.CompareExchange(ref *host, (byte)value, (byte)expected),
        MemorySize.Half => Interlocked.CompareExchange(ref *(ushort*)host, (ushort)value, (ushort)expected),
        MemorySize.Word => Interlocked.CompareExchange(ref *(uint*)host, (uint)value, (uint)expected),
        _ => Interlocked.CompareExchange(ref *(ulong*)host, value, expected),
    };

    private static TUnsigned Replace<TUnsigned, TSigned>(AtomicOperation operation, ref TUnsigned place, TUnsigned operand)
        where TUnsigned : struct, IBinaryInteger<TUnsigned> where TSigned : struct, IBinaryInteger<TSigned>
    {
        while (true)
        {
            var old = place;
            var signed = (TSigned.CreateTruncating(old), TSigned.CreateTruncating(operand));
            var wanted = operation switch
            {
                AtomicOperation.Swap => operand,
                AtomicOperation.Add => unchecked(old + operand),
                AtomicOperation.And => old & operand,
                AtomicOperation.Or => old | operand,
                AtomicOperation.Xor => old ^ operand,
                AtomicOperation.MinimumSigned => signed.Item1 < signed.Item2 ? old : operand,
                AtomicOperation.MaximumSigned => signed.Item1 > signed.Item2 ? old : operand,
                AtomicOperation.MinimumUnsigned => TUnsigned.Min(old, operand),
                _ => TUnsigned.Max(old, operand),
            };
            if (Interlocked.CompareExchange(ref place, wanted, old) == old) return old;
        }
    }
}
