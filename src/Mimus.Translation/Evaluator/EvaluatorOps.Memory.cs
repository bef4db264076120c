using System.Runtime.CompilerServices;
using Mimus.Isa;
using Mimus.Translation.Engine;

namespace Mimus.Translation.Evaluator;

/// <content>Memory accesses: a hit in the translation buffer is done here, all else by the data path.</content>
internal unsafe partial struct EvaluatorOps
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryLoad(U address, MemorySize size, out U value)
    {
        var at = address.Bits;
        var entry = _reads + TranslationBuffer.IndexOf(at);
        if (entry->Tag != Tag(at, size)) return TryLoadSlowly(at, size, out value);
        // Safe: the tag says that the page is RAM that this context may read, and aligned accesses stay inside it.
        value = new U(Read((byte*)(at + entry->Addend), size));
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryLoadSigned(U address, MemorySize size, out U value)
    {
        if (!TryLoad(address, size, out value)) return false;
        value = SignExtend(value, size);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryStore(U address, MemorySize size, U value)
    {
        var at = address.Bits;
        var entry = _writes + TranslationBuffer.IndexOf(at);
        var host = (byte*)(at + entry->Addend);
        // The mark of a reservation is looked at before the store; see ReservationTable for why that order is enough.
        if (entry->Tag != Tag(at, size) || _marks[MarkIndex(host)] != 0) return TryStoreSlowly(at, size, value.Bits);
        Write(host, size, value.Bits);
        return true;
    }

    public bool TryLoadReserved(U address, MemorySize size, out U value)
    {
        value = default;
        if (!TryPointer(address.Bits, size, MemoryAccess.Load, out var host)) return false;
        value = new U(_data.Reserve(host, size));
        return true;
    }

    public bool TryStoreConditional(U address, MemorySize size, U value, out U failed)
    {
        failed = default;
        if (!TryPointer(address.Bits, size, MemoryAccess.Store, out var host)) return false;
        failed = new U(_data.StoreConditional(host, size, value.Bits) ? 0u : 1u);
        return true;
    }

    public bool TryAtomic(AtomicOperation operation, U address, MemorySize size, U operand, out U old)
    {
        old = default;
        if (_cpu.SplitsMisaligned) return TryUpdate(address.Bits, size, new MemoryUpdate(operation, operand.Bits), out old);
        if (!TryPointer(address.Bits, size, MemoryAccess.Store, out var host)) return false;
        if (_marks[MarkIndex(host)] != 0) _data.BreakReservations(host);
        old = new U(AtomicMemory.Replace(operation, host, size, operand.Bits));
        return true;
    }

    private bool TryLoadSlowly(ulong address, MemorySize size, out U value)
    {
        var entry = _reads + TranslationBuffer.IndexOf(address);
        if (entry->Tag == (address & TranslationBuffer.PageMask) && StaysInPage(address, (int)size) && !_cpu.ChecksAlignment)
        {
            // Misaligned inside a page of RAM.
            value = new U(Read((byte*)(address + entry->Addend), size));
            return true;
        }
        var done = _data.TryLoad(address, size, out var bits);
        value = new U(bits);
        return Ended(done);
    }

    private bool TryStoreSlowly(ulong address, MemorySize size, ulong value)
    {
        var entry = _writes + TranslationBuffer.IndexOf(address);
        var host = (byte*)(address + entry->Addend);
        if (entry->Tag == (address & TranslationBuffer.PageMask) && StaysInPage(address, (int)size) && !_cpu.ChecksAlignment
            && (_marks[MarkIndex(host)] | _marks[MarkIndex(host + (int)size - 1)]) == 0)
        {
            Write(host, size, value);
            return true;
        }
        return Ended(_data.TryStore(address, size, value));
    }

    /// <summary>An atomic change of memory that need not be aligned.</summary>
    private bool TryUpdate(ulong address, MemorySize size, in MemoryUpdate update, out U old)
    {
        var entry = _writes + TranslationBuffer.IndexOf(address);
        if (entry->Tag == Tag(address, size))
        {
            old = new U(update.Apply((byte*)(address + entry->Addend), size));
            return true;
        }
        var done = _data.TryUpdate(address, size, update, out var bits);
        old = new U(bits);
        return Ended(done);
    }

    private bool TryPointer(ulong address, MemorySize size, MemoryAccess access, out byte* host) =>
        Ended(_data.TryPointer(address, size, access, out host));

    private bool Ended(bool done)
    {
        if (!done) Outcome = _data.Outcome;
        // A watched access is a trap right behind the instruction.
        else if (_cpu.WatchesData) EndBlock();
        return done;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Tag(ulong address, MemorySize size) => address & (TranslationBuffer.PageMask | ((ulong)size - 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Read(byte* host, MemorySize size) => size switch
    {
        MemorySize.Byte => *host,
        MemorySize.Half => *(ushort*)host,
        MemorySize.Word => *(uint*)host,
        _ => *(ulong*)host,
    };

    private static bool StaysInPage(ulong address, int size) => (address & ~TranslationBuffer.PageMask) + (ulong)size <= CodePage.PageSize;

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
