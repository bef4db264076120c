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

    /// <summary>Who has to hear of stores to code; null where guests fence.</summary>
    public IStoreListener? StoreListener { get; set; }

    public void ClearWatchHit() => WatchHit = null;

    public bool TryLoad(ulong address, MemorySize size, out ulong value)
    {
        value = default;
        if (IsWatched(address, size, WatchKind.Read)) return false;
        if (Translations.TryFindSlow(address, forWriting: false, out var physical) && IsAligned(address, size) && environment.Bus.Find(physical, ref _remembered) is { } region
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

    public bool TryStore(ulong address, MemorySize size, ulong value)
    {
        if (IsWatched(address, size, WatchKind.Write)) return false;
        if (Translations.TryFindSlow(address, forWriting: true, out var physical) && IsAligned(address, size)
            && environment.Bus.Find(physical, ref _remembered) is { Device: not null } region && region.Range.Contains(physical, (ulong)size))
        {
            return TryWriteDevice(region, physical, size, value);
        }
        if (CrossesPage(address, size)) return TryStoreSplit(address, size, value);
        if (!TryFind(address, size, MemoryAccess.Store, out region, out physical)) return false;
        if (region.Ram is not null)
        {
            if (region.IsReadOnly) return true;
            var host = region.HostOf(physical);
            BreakReservations(host);
            BreakReservations(host + (int)size - 1);
            WriteRam(host, size, value);
            StoreListener?.Written(host, (int)size);
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
        var slow = region.Ram is null || !region.Range.Contains(physicalPage, PageSize) || (forWriting && (region.IsReadOnly || HasCode(region, physicalPage))) || environment.Debug.WatchesPage(page, PageSize);
        var target = slow ? physicalPage : (ulong)region.HostOf(physicalPage);
        Translations.Fill(address, forWriting, target - page, slow, found.PageMask);
        return true;
    }

    private bool HasCode(IoRegion region, ulong physicalPage) => StoreListener is not null && StoreListener.HasCode(region.HostOf(physicalPage));

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
