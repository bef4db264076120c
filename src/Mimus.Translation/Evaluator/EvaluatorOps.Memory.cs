using System.Runtime.CompilerServices;
using Mimus.Isa;

namespace Mimus.Translation.Evaluator;

/// <content>Memory accesses: a hit in the translation buffer is done here, all else by the data path.</content>
internal unsafe partial struct EvaluatorOps
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryLoad(U address, MemorySize size, out U value)
    {
        var at = address.Bits;
        var entry = _reads + TranslationBuffer.IndexOf(at);
        if (entry->Tag != Tag(at, size)) return _data.TryLoad(ref this, at, size, out value);
        // Safe: the tag says that the page is RAM that this context may read, and aligned accesses stay inside it.
        var host = (byte*)(at + entry->Addend);
        value = new U(size switch
        {
            MemorySize.Byte => *host,
            MemorySize.Half => *(ushort*)host,
            MemorySize.Word => *(uint*)host,
            _ => *(ulong*)host,
        });
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryStore(U address, MemorySize size, U value)
    {
        var at = address.Bits;
        var entry = _writes + TranslationBuffer.IndexOf(at);
        var host = (byte*)(at + entry->Addend);
        // The mark of a reservation is looked at before the store; see ReservationTable for why that order is enough.
        if (entry->Tag != Tag(at, size) || _marks[MarkIndex(host)] != 0) return _data.TryStore(ref this, at, size, value.Bits);
        Write(host, size, value.Bits);
        return true;
    }

    public bool TryLoadReserved(U address, MemorySize size, out U value)
    {
        value = default;
        if (!_data.TryPointer(ref this, address.Bits, size, MemoryAccess.Load, out var host)) return false;
        value = new U(_data.Reserve(host, size));
        return true;
    }

    public bool TryStoreConditional(U address, MemorySize size, U value, out U failed)
    {
        failed = default;
        if (!_data.TryPointer(ref this, address.Bits, size, MemoryAccess.Store, out var host)) return false;
        failed = new U(_data.StoreConditional(host, size, value.Bits) ? 0u : 1u);
        return true;
    }

    public bool TryAtomic(AtomicOperation operation, U address, MemorySize size, U operand, out U old)
    {
        old = default;
        if (!_data.TryPointer(ref this, address.Bits, size, MemoryAccess.Store, out var host)) return false;
        if (_marks[MarkIndex(host)] != 0) _data.BreakReservations(host);
        old = new U(AtomicMemory.Replace(operation, host, size, operand.Bits));
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly ulong Tag(ulong address, MemorySize size) => (address & (TranslationBuffer.PageMask | ((ulong)size - 1))) | ContextTag;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Write(byte* host, MemorySize size, ulong value)
    {
        switch (size)
        {
            case MemorySize.Byte: *host = (byte)value; break;
            case MemorySize.Half: *(ushort*)host = (ushort)value; break;
            case MemorySize.Word: *(uint*)host = (uint)value; break;
            default: *(ulong*)host = value; break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int MarkIndex(byte* host) => Core.Memory.ReservationTable.MarkIndex((nuint)host);
}
