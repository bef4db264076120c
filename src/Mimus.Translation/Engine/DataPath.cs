using Mimus.Core.Cpus;
using Mimus.Core.Memory;
using Mimus.Isa;
using Mimus.Translation.X64;

namespace Mimus.Translation.Engine;

/// <summary>
/// All data accesses that do not hit the translation buffer: misses, device registers, misaligned ones, watched pages,
/// reservations.
/// </summary>
internal sealed unsafe class DataPath(EmulatedCpu cpu, VcpuEnvironment environment)
{
    private const ulong PageSize = 4096;

    /// <summary>Looking so many pages up again takes less time than serving the misses of a fraction of them.</summary>
    private const int MostRenewed = 64;

    private readonly ReservationTable _reservations = environment.Memory.Reservations;
    private readonly ulong* _reservedValue = (ulong*)((byte*)cpu.Slots + HostLayout.StateBias + HostLayout.ReservedValue);

    /// <summary>What a remembered page that only the slow path may use was last: drivers ask the same device again and again.</summary>
    private RegionHint _remembered;

    public TranslationBuffer Translations { get; } = new();

    /// <summary>Why the last access that could not be done was not: a trap is pending, or a debug point was met.</summary>
    public Outcome Outcome { get; private set; }

    /// <summary>The watchpoint that ended the last access.</summary>
    public WatchHit? WatchHit { get; private set; }

    /// <summary>The access that met a watchpoint is being done after all.</summary>
    public bool IgnoreWatchpoints { get; set; }

    /// <summary>
    /// Accesses to devices are refused with <see cref="Outcome.Deferred"/>: what they lead to must be seen right after the
    /// instruction, and compiled code cannot stop there.
    /// </summary>
    public bool DefersDevices { get; set; }

    /// <summary>Code that is running compiled: stores to it are refused in the same way, since what comes after them may have changed.</summary>
    public ICodePath? RunningCode { get; set; }

    public void ClearWatchHit() => WatchHit = null;

    public bool TryLoad(ulong address, MemorySize size, out ulong value)
    {
        value = default;
        if (IsWatched(address, size, WatchKind.Read)) return false;
        if (cpu.WatchesData) cpu.NoteAccess(address, (int)size, isStore: false);
        if (!IsAligned(address, size) && cpu.ChecksAlignment) return Misaligned(address, MemoryAccess.Load);
        if (Translations.TryFindSlow(address, forWriting: false, out var physical) && IsAligned(address, size) && FindRegion(physical) is { } region
            && region.Range.Contains(physical, (ulong)size))
        {
            if (region.Device is null || DefersDevices) return TryRead(region, physical, size, out value);
            value = region.Read(physical, (int)size);
            return true;
        }
        if (CrossesPage(address, size)) return TryLoadSplit(address, size, out value);
        if (!TryFind(address, size, MemoryAccess.Load, out region, out physical)) return false;
        if (region.Ram is not null || IsAligned(address, size)) return TryRead(region, physical, size, out value);
        return cpu.SplitsMisaligned ? TryLoadSplit(address, size, out value) : Misaligned(address, MemoryAccess.Load);
    }

    /// <summary>
    /// Loads a vector of 4, 8, 16 or 32 bytes, all of it or nothing; what is missing of 16 bytes becomes 0.
    /// </summary>
    public bool TryLoadVector(ulong address, int bytes, ulong* parts)
    {
        var count = Math.Max(2, bytes / sizeof(ulong));
        var loaded = stackalloc ulong[count];
        for (var at = 0; at < bytes; at += sizeof(ulong))
        {
            if (!TryLoad(address + (ulong)at, (MemorySize)Math.Min(sizeof(ulong), bytes), out loaded[at / sizeof(ulong)])) return false;
        }
        if (bytes <= sizeof(ulong)) loaded[1] = 0;
        for (var part = 0; part < count; part++) parts[part] = loaded[part];
        return true;
    }

    /// <summary>Stores a vector, all of it or nothing.</summary>
    public bool TryStoreVector(ulong address, int bytes, ulong* parts)
    {
        if (!TryProbeWrite(address, bytes)) return false;
        for (var at = 0; at < bytes; at += sizeof(ulong))
        {
            if (!TryStore(address + (ulong)at, (MemorySize)Math.Min(sizeof(ulong), bytes), parts[at / sizeof(ulong)])) return false;
        }
        return true;
    }

    /// <summary>Loads what will be stored to: the store cannot fail any more.</summary>
    public bool TryLoadForUpdate(ulong address, MemorySize size, out ulong value)
    {
        value = default;
        return TryProbeWrite(address, (int)size) && TryLoad(address, size, out value);
    }

    /// <summary>Whether so many bytes, on two pages at most, can be written; false with the fault pending when not.</summary>
    public bool TryProbeWrite(ulong address, int bytes)
    {
        var last = address + (ulong)bytes - 1;
        return TryProbeWrite(address) && (((address ^ last) & TranslationBuffer.PageMask) == 0 || TryProbeWrite(last));
    }

    private bool TryProbeWrite(ulong address)
    {
        if (Translations.Writes[TranslationBuffer.IndexOf(address)].Tag == (address & TranslationBuffer.PageMask)) return true;
        if (cpu.TryTranslate(address, 1, MemoryAccess.Store, out _)) return true;
        Outcome = Outcome.Trap;
        return false;
    }

    public bool TryStore(ulong address, MemorySize size, ulong value)
    {
        if (IsWatched(address, size, WatchKind.Write)) return false;
        if (cpu.WatchesData) cpu.NoteAccess(address, (int)size, isStore: true);
        if (!IsAligned(address, size) && cpu.ChecksAlignment) return Misaligned(address, MemoryAccess.Store);
        if (Translations.TryFindSlow(address, forWriting: true, out var physical) && IsAligned(address, size)
            && FindRegion(physical) is { Device: not null } region && region.Range.Contains(physical, (ulong)size))
        {
            return TryWriteDevice(region, physical, size, value);
        }
        if (CrossesPage(address, size)) return TryStoreSplit(address, size, value);
        if (!TryFind(address, size, MemoryAccess.Store, out region, out physical)) return false;
        if (region.Ram is not null)
        {
            if (region.IsReadOnly) return true;
            var host = region.HostOf(physical);
            if (MustDefer(host, size)) return false;
            BreakReservations(host);
            BreakReservations(host + (int)size - 1);
            WriteRam(host, size, value);
            cpu.StoredTo(host, (int)size);
        }
        else if (IsAligned(address, size)) return TryWriteDevice(region, physical, size, value);
        else if (cpu.SplitsMisaligned) return TryStoreBytes(address, size, value);
        else return Misaligned(address, MemoryAccess.Store);
        return true;
    }

    /// <summary>Where the host keeps aligned RAM, for atomic instructions.</summary>
    public bool TryPointer(ulong address, MemorySize size, MemoryAccess access, out byte* host)
    {
        host = null;
        var entry = (access == MemoryAccess.Load ? Translations.Reads : Translations.Writes) + TranslationBuffer.IndexOf(address);
        if (entry->Tag == (address & (TranslationBuffer.PageMask | ((ulong)size - 1))))
        {
            host = (byte*)(address + entry->Addend);
            return true;
        }
        if (IsWatched(address, size, access == MemoryAccess.Load ? WatchKind.Read : WatchKind.Read | WatchKind.Write)) return false;
        if (!IsAligned(address, size)) return Misaligned(address, access);
        if (!TryFind(address, size, access, out var region, out var physical)) return false;
        if (region.Ram is null || (region.IsReadOnly && access == MemoryAccess.Store))
        {
            cpu.RaiseAccessFault(address, access);
            Outcome = Outcome.Trap;
            return false;
        }
        host = region.HostOf(physical);
        return true;
    }

    /// <summary>Changes memory in one step, where any alignment and any kind of memory is allowed.</summary>
    public bool TryUpdate(ulong address, MemorySize size, in MemoryUpdate update, out ulong old)
    {
        old = 0;
        if (!TryFindOnePiece(address, (int)size, out var ram, out var offset)) return false;
        if (ram is null)
        {
            lock (environment.BusLock) return TryLoad(address, size, out old) && TryStore(address, size, update.Result(old, size));
        }
        if (MustDefer(ram.Pointer + offset, size)) return false;
        old = update.Apply(ram.Pointer + offset, size);
        StoredTo(ram, offset, (int)size);
        return true;
    }

    /// <summary>The same for 16 aligned bytes; what is expected becomes what was there.</summary>
    public bool TryExchangePair(ulong address, ulong* expected, ulong* wanted)
    {
        const int PairBytes = 16;
        if (!TryFindOnePiece(address, PairBytes, out var ram, out var offset)) return false;
        if (ram is not null)
        {
            AtomicPair.CompareExchange(ram.Pointer + offset, expected, wanted);
            StoredTo(ram, offset, PairBytes);
            return true;
        }
        lock (environment.BusLock)
        {
            if (!TryLoad(address, MemorySize.Double, out var low) || !TryLoad(address + 8, MemorySize.Double, out var high)) return false;
            var isEqual = low == expected[0] && high == expected[1];
            (expected[0], expected[1]) = (low, high);
            return TryStore(address, MemorySize.Double, isEqual ? wanted[0] : low) && TryStore(address + 8, MemorySize.Double, isEqual ? wanted[1] : high);
        }
    }

    public ulong Reserve(byte* host, MemorySize size)
    {
        _reservations.Reserve(cpu.Index, (nuint)host);
        return *_reservedValue = size == MemorySize.Word ? Volatile.Read(ref *(uint*)host) : Volatile.Read(ref *(ulong*)host);
    }

    public bool StoreConditional(byte* host, MemorySize size, ulong value) =>
        _reservations.TryStore(cpu.Index, host, (int)size, *_reservedValue, value);

    public void BreakReservations(byte* host)
    {
        if (_reservations.Marks[ReservationTable.MarkIndex((nuint)host)] != 0) _reservations.Break(cpu.Index, (nuint)host);
    }

    /// <summary>
    /// Where bytes that are about to be changed are in one piece of RAM; null where they are not, but can be written. False with a fault pending.
    /// </summary>
    private bool TryFindOnePiece(ulong address, int size, out RamBlock? ram, out ulong offset)
    {
        ram = null;
        offset = 0;
        if (IsWatched(address, (MemorySize)size, WatchKind.Read | WatchKind.Write)) return false;
        if (cpu.WatchesData) cpu.NoteAccess(address, size, isStore: true);
        if (!IsAligned(address, (MemorySize)size) && cpu.ChecksAlignment) return Misaligned(address, MemoryAccess.Store);
        if (!TryFind(address, MemorySize.Byte, MemoryAccess.Store, out var region, out var physical)) return false;
        var isOnePiece = region is { Ram: not null, IsReadOnly: false };
        if (CrossesPage(address, (MemorySize)size))
        {
            var second = (address & TranslationBuffer.PageMask) + PageSize;
            if (!TryFind(second, MemorySize.Byte, MemoryAccess.Store, out var other, out var otherPhysical)) return false;
            isOnePiece &= other == region && otherPhysical - physical == second - address;
        }
        if (!isOnePiece || !region.Range.Contains(physical, (ulong)size)) return true;
        ram = region.Ram;
        offset = region.OffsetOf(physical);
        return true;
    }

    /// <summary>A piece of RAM may be on two pages.</summary>
    private void StoredTo(RamBlock ram, ulong offset, int size)
    {
        var inFirst = (int)Math.Min((ulong)size, PageSize - (offset & (PageSize - 1)));
        cpu.StoredTo(ram.Pointer + offset, inFirst);
        if (inFirst < size) cpu.StoredTo(ram.Pointer + offset + inFirst, size - inFirst);
    }

    /// <summary>Forgets all translations, but keeps those of the current context, if they are few, that the guest's tables still say.</summary>
    public void Renew()
    {
        var keeps = cpu.DataContext == Translations.Context && Translations.FilledCount <= MostRenewed;
        Translations.FlushBut(keeps ? Translations.Context : TranslationBuffer.NoContext);
        if (!keeps) return;
        for (var i = 0; i < Translations.FilledCount; i++)
        {
            var entry = Translations.FilledEntry(i, out var forWriting);
            if (!TranslationBuffer.IsFilled(entry)) continue;
            if (IsAsBefore(entry, forWriting, out var pageMask)) Translations.Keep(entry, pageMask);
            else TranslationBuffer.Forget(entry);
        }
    }

    private bool IsAsBefore(TranslationEntry* entry, bool forWriting, out ulong pageMask)
    {
        var page = entry->Tag & TranslationBuffer.PageMask;
        pageMask = 0;
        if (!cpu.TryTranslateAgain(page, forWriting ? MemoryAccess.Store : MemoryAccess.Load, out var found) || !found.WholePage) return false;
        pageMask = found.PageMask;
        if ((entry->Tag & TranslationBuffer.SlowBit) != 0) return entry->Addend == found.PhysicalAddress - page;
        return found.Region.Ram is not null && entry->Addend == (ulong)found.Region.HostOf(found.PhysicalAddress) - page;
    }

    private static bool IsAligned(ulong address, MemorySize size) => (address & ((ulong)size - 1)) == 0;

    private static bool CrossesPage(ulong address, MemorySize size) => (address & (PageSize - 1)) + (ulong)size > PageSize;

    private bool TryRead(IoRegion region, ulong physical, MemorySize size, out ulong value)
    {
        value = 0;
        if (region.Ram is null && MustDefer()) return false;
        value = region.Ram is not null ? ReadRam(region, physical, size) : region.Read(physical, (int)size);
        return true;
    }

    private bool TryWriteDevice(IoRegion region, ulong physical, MemorySize size, ulong value)
    {
        if (MustDefer()) return false;
        region.Write(physical, (int)size, value);
        return true;
    }

    private bool MustDefer()
    {
        if (DefersDevices) Outcome = Outcome.Deferred;
        return DefersDevices;
    }

    private bool MustDefer(byte* code, MemorySize size)
    {
        if (RunningCode is not { } running || !running.IsCode(code, (int)size)) return false;
        Outcome = Outcome.Deferred;
        return true;
    }

    private static ulong ReadRam(IoRegion region, ulong physical, MemorySize size)
    {
        var host = region.HostOf(physical);
        return size switch
        {
            MemorySize.Byte => *host,
            MemorySize.Half => *(ushort*)host,
            MemorySize.Word => *(uint*)host,
            _ => *(ulong*)host,
        };
    }

    private static void WriteRam(byte* host, MemorySize size, ulong value)
    {
        switch (size)
        {
            case MemorySize.Byte: *host = (byte)value; break;
            case MemorySize.Half: *(ushort*)host = (ushort)value; break;
            case MemorySize.Word: *(uint*)host = (uint)value; break;
            default: *(ulong*)host = value; break;
        }
    }

    /// <summary>Translates, remembers the page when it can be, and says what is at the physical address.</summary>
    private bool TryFind(ulong address, MemorySize size, MemoryAccess access, out IoRegion region, out ulong physical)
    {
        region = null!;
        physical = 0;
        if (!cpu.TryTranslate(address, (int)size, access, out var found))
        {
            Outcome = Outcome.Trap;
            return false;
        }
        region = found.Region;
        physical = found.PhysicalAddress;
        if (!region.Range.Contains(physical, (ulong)size))
        {
            cpu.RaiseAccessFault(address, access);
            Outcome = Outcome.Trap;
            return false;
        }

        // Here and not at the write, since others will follow that do not come by; see DirtyLog for why before.
        if (access == MemoryAccess.Store && region is { Ram: not null, IsReadOnly: false }) region.Ram.MarkBeforeWrite(region.OffsetOf(physical), (ulong)size);
        var physicalPage = physical & TranslationBuffer.PageMask;
        if (!found.WholePage) return true;
        var page = address & TranslationBuffer.PageMask;
        var forWriting = access == MemoryAccess.Store;
        var slow = region.Ram is null || !region.Range.Contains(physicalPage, PageSize) || (forWriting && (region.IsReadOnly || cpu.HasCode(region.HostOf(physicalPage)))) || environment.Debug.WatchesPage(page, PageSize)
            || (cpu.WatchesData && cpu.WatchesPage(page));
        var target = slow ? physicalPage : (ulong)region.HostOf(physicalPage);
        Translations.Fill(address, forWriting, target - page, slow, found.PageMask, found.IsGlobal);
        return true;
    }

    private IoRegion? FindRegion(ulong physical) => cpu.FindOwnRegion(physical) ?? environment.Bus.Find(physical, ref _remembered);

    private bool TryLoadSplit(ulong address, MemorySize size, out ulong value)
    {
        value = default;
        ulong bits = 0;
        for (var i = 0; i < (int)size; i++)
        {
            if (!TryLoad(address + (ulong)i, MemorySize.Byte, out var part)) return false;
            bits |= part << (8 * i);
        }
        value = bits;
        return true;
    }

    private bool TryStoreSplit(ulong address, MemorySize size, ulong value)
    {
        // Both pages are probed before the first byte changes. The trap names the first byte that cannot be written.
        var second = (address & TranslationBuffer.PageMask) + PageSize;
        if (!TryFind(address, MemorySize.Byte, MemoryAccess.Store, out _, out _)) return false;
        if (!TryFind(second, MemorySize.Byte, MemoryAccess.Store, out _, out _)) return false;
        return TryStoreBytes(address, size, value);
    }

    private bool TryStoreBytes(ulong address, MemorySize size, ulong value)
    {
        for (var i = 0; i < (int)size; i++)
        {
            if (!TryStore(address + (ulong)i, MemorySize.Byte, value >> (8 * i))) return false;
        }
        return true;
    }

    private bool Misaligned(ulong address, MemoryAccess access)
    {
        cpu.RaiseMisaligned(address, access);
        Outcome = Outcome.Trap;
        return false;
    }

    private bool IsWatched(ulong address, MemorySize size, WatchKind kind)
    {
        if (!environment.Debug.HasWatchpoints || IgnoreWatchpoints) return false;
        WatchHit = environment.Debug.Find(address, (ulong)size, kind);
        if (WatchHit is null) return false;
        Outcome = Outcome.DebugPoint;
        return true;
    }
}
