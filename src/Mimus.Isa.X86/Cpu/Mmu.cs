using System.Runtime.CompilerServices;
using Mimus.Core.Devices;
using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;
using Mimus.Core.State;

namespace Mimus.Isa.X86;

/// <summary>Address translation: paging of all kinds (SDM volume 3, chapter 4), and what is behind a physical address.</summary>
internal sealed unsafe class Mmu(X86Cpu cpu, AddressSpace bus)
{
    private const ulong Present = 1, Write = 2, User = 4, Accessed = 32, Dirty = 64, Large = 128, Global = 256, NoExecute = 1ul << 63;
    private const ulong FrameMask = ((1ul << CpuModel.PhysicalAddressBits) - 1) & ~0xffful;
    private const ulong BeyondPhysical = ((1ul << 52) - 1) & ~((1ul << CpuModel.PhysicalAddressBits) - 1);

    /// <summary>Where nothing answers: reads give ones.</summary>
    private readonly IoRegion _openBus = new AddressSpace().Map(new AddressRange(0, 1ul << 52), new OpenBus());

    private readonly WalkCache _walks = new();

    // Tables are mostly in one region, and what is looked up in another if not in the same.
    private RegionHint _tables, _targets;

    public bool TryTranslate(ulong address, int size, MemoryAccess access, bool isUser, bool isImplicit, out PageTranslation translation)
    {
        translation = default;
        if (!TryWalk(address, access, isUser, isImplicit, mayUpdate: true, out var physical, out var pageMask, out var isGlobal, out var error))
        {
            RaiseFault(address, error);
            return false;
        }
        translation = new PageTranslation(physical, RegionOf(physical), WholePage: true, pageMask, isGlobal);
        return true;
    }

    /// <summary>The guest's tables may say something else now.</summary>
    public void Forget() => _walks.Forget();

    private IoRegion RegionOf(ulong physical) => cpu.FindOwnRegion(physical) ?? bus.Find(physical, ref _targets) ?? _openBus;

    /// <summary>Translates for the debugger: no faults, no accessed bits.</summary>
    public bool TryPeek(ulong address, out ulong physical) =>
        TryWalk(address, MemoryAccess.Load, isUser: false, isImplicit: true, mayUpdate: false, out physical, out _, out _, out _);

    private void RaiseFault(ulong address, int error)
    {
        if (error < 0)
        {
            cpu.RaiseTrap(Fault.GeneralProtection, 0);
            return;
        }
        if (cpu.Log.Has(LogItems.PageFaults)) cpu.Log.Write($"{cpu.Name}: page fault at 0x{address:x}, error {error:x}");
        cpu.PageFaultAddress = address;
        cpu.RaiseTrap(Fault.PageFault, (ulong)error);
    }

    /// <summary>Goes through the tables. The error is a page fault's, or negative for an address that is not canonical.</summary>
    private bool TryWalk(ulong address, MemoryAccess access, bool isUser, bool isImplicit, bool mayUpdate, out ulong physical, out ulong inPage, out bool isGlobal, out int error)
    {
        ref var state = ref cpu.Registers;
        var isLong = (state.Efer & Efer.LongActive) != 0;
        physical = (isLong ? address : (uint)address) & state.A20Mask;
        inPage = 0xfff;
        isGlobal = false;
        error = 0;
        if ((state.Cr0 & Cr0.Paging) == 0) return true;

        var is64 = isLong || (state.Cr4 & Cr4.PhysicalExtension) != 0;
        var levels = !is64 ? 2 : !isLong ? 3 : (state.Cr4 & Cr4.La57) != 0 ? 5 : 4;
        if (isLong)
        {
            var unused = 64 - (12 + (9 * levels));
            error = -1;
            if ((ulong)((long)(address << unused) >> unused) != address) return false;
        }
        else address = (uint)address;
        var fault = (access == MemoryAccess.Store ? 2 : 0) | (isUser ? 4 : 0)
            | (access == MemoryAccess.Fetch && ((is64 && (state.Efer & Efer.NoExecute) != 0) || (state.Cr4 & Cr4.Smep) != 0) ? 16 : 0);

        var table = state.Cr3 & (isLong ? FrameMask : is64 ? 0xffffffe0 : 0xfffff000);
        var indexBits = is64 ? 9 : 10;
        var rights = Write | User;
        var executable = true;
        var level = levels;
        if (is64 && _walks.TryFind(address, out var walk))
        {
            (table, rights, executable) = walk;
            level = 1;
        }
        for (; level > 0; level--)
        {
            var shift = 12 + (indexBits * (level - 1));
            var index = (address >> shift) & ((1ul << indexBits) - 1);
            var at = (table + (index * (is64 ? 8u : 4u))) & state.A20Mask;
            error = fault;
            if (!TryReadEntry(at, is64, out var entry) || (entry & Present) == 0) return false;
            var isRoot32 = is64 && !isLong && level == 3; // the four entries of PAE have no rights of their own
            var isLeaf = level == 1 || ((entry & Large) != 0 && level <= (is64 ? 3 : 2) && !isRoot32 && (is64 || (state.Cr4 & Cr4.PageSizes) != 0));
            error = fault | 1 | 8;
            if (HasReservedBits(entry, is64, isLong, isRoot32, isLeaf, level)) return false;
            if (!isRoot32)
            {
                rights &= entry;
                executable &= (entry & NoExecute) == 0 || !is64;
            }
            if (!isLeaf)
            {
                if (!isRoot32 && (entry & Accessed) == 0 && mayUpdate && !TryMark(at, is64, entry, Accessed)) return false;
                table = is64 ? entry & FrameMask : entry & 0xfffff000;
                if (is64 && level == 2 && mayUpdate) _walks.Add(address, (table, rights, executable));
                continue;
            }
            error = fault | 1;
            if (!IsAllowed(rights, executable, access, isUser, isImplicit)) return false;
            inPage = (1ul << shift) - 1;
            var frame = entry & FrameMask & ~inPage;
            // 4 MiB pages have bits 32 to 39 of their address in bits 13 to 20 (PSE-36).
            if (!is64) frame = (entry & 0xfffff000 & ~inPage) | (level == 2 ? ((entry >> 13) & 0xff) << 32 : 0);
            var marks = Accessed | (access == MemoryAccess.Store ? Dirty : 0);
            if ((entry & marks) != marks && mayUpdate && !TryMark(at, is64, entry, marks)) return false;
            isGlobal = (entry & Global) != 0 && (state.Cr4 & Cr4.GlobalPages) != 0;
            physical = (frame | (address & inPage)) & state.A20Mask;
            return true;
        }
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool HasReservedBits(ulong entry, bool is64, bool isLong, bool isRoot32, bool isLeaf, int level)
    {
        if (!is64) return isLeaf && level == 2 && (entry & (1ul << 21)) != 0;
        if (isRoot32) return (entry & (BeyondPhysical | 0x1e6)) != 0;
        var reserved = BeyondPhysical;
        if ((cpu.Registers.Efer & Efer.NoExecute) == 0) reserved |= NoExecute;
        if (!isLong) reserved |= 0x7fful << 52;
        if (isLeaf && level > 1) reserved |= ((1ul << (12 + (9 * (level - 1)))) - 1) & ~0x1ffful;
        if (level >= 4 || (level == 3 && !cpu.Model.Has(X86Feature.GigabytePages))) reserved |= Large;
        return (entry & reserved) != 0;
    }

    private bool IsAllowed(ulong rights, bool executable, MemoryAccess access, bool isUser, bool isImplicit)
    {
        ref var state = ref cpu.Registers;
        var isUserPage = (rights & User) != 0;
        if (isUser && !isUserPage) return false;
        if (access == MemoryAccess.Fetch) return executable && (isUser || !isUserPage || (state.Cr4 & Cr4.Smep) == 0);
        var guardsUser = !isUser && isUserPage && (state.Cr4 & Cr4.Smap) != 0;
        if (guardsUser && (isImplicit || (state.SystemFlags & EFlags.AlignmentCheck) == 0)) return false;
        return access == MemoryAccess.Load || (rights & Write) != 0 || (!isUser && (state.Cr0 & Cr0.WriteProtect) == 0);
    }

    private bool TryReadEntry(ulong at, bool is64, out ulong entry)
    {
        entry = 0;
        if (bus.Find(at, ref _tables) is not { Ram: not null } region || !region.Range.Contains(at, is64 ? 8u : 4u)) return false;
        var host = region.HostOf(at);
        entry = is64 ? Volatile.Read(ref *(ulong*)host) : Volatile.Read(ref *(uint*)host);
        return true;
    }

    /// <summary>
    /// Sets accessed and dirty bits. Another processor may be doing the same; any other change of the entry ends in a fault, after which the guest
    /// tries again.
    /// </summary>
    private bool TryMark(ulong at, bool is64, ulong entry, ulong marks)
    {
        var region = bus.Find(at, ref _tables)!;
        if (region.IsReadOnly) return true;
        region.Ram!.MarkBeforeWrite(region.OffsetOf(at), is64 ? 8u : 4u);
        var host = region.HostOf(at);
        while (true)
        {
            var seen = is64
                ? Interlocked.CompareExchange(ref *(ulong*)host, entry | marks, entry)
                : Interlocked.CompareExchange(ref *(uint*)host, (uint)(entry | marks), (uint)entry);
            if (seen == entry) return true;
            if ((seen | Accessed | Dirty) != (entry | Accessed | Dirty)) return false;
            entry = seen;
        }
    }

    /// <summary>Nobody drives the lines: reads give ones, writes are lost.</summary>
    private sealed class OpenBus : IMmioDevice
    {
        public string Name => "open bus";

        public void Read(ulong offset, Span<byte> data) => data.Fill(0xff);

        public void Write(ulong offset, ReadOnlySpan<byte> data)
        {
        }

        public void Reset()
        {
        }

        public void State(StateVisitor v)
        {
        }
    }
}
