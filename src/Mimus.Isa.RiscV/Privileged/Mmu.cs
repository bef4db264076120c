using System.Runtime.CompilerServices;
using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;

namespace Mimus.Isa.RiscV.Privileged;

/// <summary>Address translation: Sv39, Sv48, Sv57, Svnapot, Svpbmt, Svade, Svadu (Privileged manual, chapter 12).</summary>
internal sealed unsafe class Mmu(RiscVHart hart, AddressSpace bus)
{
    private const ulong Valid = 1, Read = 2, Write = 4, Execute = 8, User = 16, Global = 32, Accessed = 64, Dirty = 128;
    private const ulong PpnMask = (1ul << 44) - 1;
    private const ulong Reserved = 0x7ful << 54;
    private const ulong PageTypes = 3ul << 61;
    private const ulong Napot = 1ul << 63;

    /// <summary>Bits that have no meaning in an entry that leads to another table.</summary>
    private const ulong LeafOnly = Accessed | Dirty | User | PageTypes | Napot;

    private const int PageShift = 12, LevelBits = 9;

    /// <summary>One table of the last level maps so many bits of an address; so many such tables are remembered.</summary>
    private const int LastTableShift = PageShift + LevelBits, LastTableCount = 64;

    private readonly bool _hasNapot = hart.Has(Extension.Svnapot);
    private readonly LastTable[] _lastTables = new LastTable[LastTableCount];

    // Tables are mostly in one region, and what is looked up in another if not in the same.
    private RegionHint _tables, _targets;

    /// <summary>Forgets which tables others lead to: any fence is about these, too.</summary>
    public void ForgetTables() => Array.Clear(_lastTables);

    public Pmp Pmp { get; } = new((RiscVState*)hart.Slots, hart.Configuration.PmpEntries);

    public bool TryTranslate(ulong address, int size, MemoryAccess access, out PageTranslation translation)
    {
        var privilege = access == MemoryAccess.Fetch ? hart.Privilege : hart.EffectivePrivilege;
        if (!TryWalk(address, access, privilege, Marking.Done, out var page, out var accessFault))
        {
            translation = default;
            if (accessFault) hart.RaiseAccessFault(address, access);
            else RaisePageFault(address, access);
            return false;
        }
        if (!page.IsGlobal) hart.MetLocalPage(access);
        var physical = page.Address;
        var verdict = Pmp.Check(physical, (ulong)size, access, privilege);
        var region = bus.Find(physical, ref _targets);
        if (!verdict.Allowed || region is null)
        {
            translation = default;
            hart.RaiseAccessFault(address, access);
            return false;
        }
        translation = new PageTranslation(physical, region, verdict.WholePage, page.Mask);
        return true;
    }

    /// <summary>
    /// Translates the start of a page as if the guest did, but leaves no trace; false where that would be a fault, or where a trace is still
    /// to be left.
    /// </summary>
    public bool TryTranslateAgain(ulong page, MemoryAccess access, out PageTranslation translation)
    {
        translation = default;
        var privilege = access == MemoryAccess.Fetch ? hart.Privilege : hart.EffectivePrivilege;
        if (!TryWalk(page, access, privilege, Marking.Needed, out var mapped, out _)) return false;
        if (!mapped.IsGlobal && hart.SharesTranslations(access)) return false;
        var verdict = Pmp.Check(mapped.Address, 1, access, privilege);
        if (!verdict.Allowed || bus.Find(mapped.Address, ref _targets) is not { } region) return false;
        translation = new PageTranslation(mapped.Address, region, verdict.WholePage, mapped.Mask);
        return true;
    }

    /// <summary>Translates for the debugger: no faults, no accessed bits.</summary>
    public bool TryPeek(ulong address, out ulong physical)
    {
        var found = TryWalk(address, MemoryAccess.Load, hart.EffectivePrivilege, Marking.LeftOut, out var page, out _);
        physical = page.Address;
        return found;
    }

    /// <summary>Reads two bytes of code for the value of a trap.</summary>
    public bool TryReadCode(ulong address, out ushort value)
    {
        value = 0;
        if (!TryWalk(address, MemoryAccess.Fetch, hart.Privilege, Marking.LeftOut, out var page, out _)) return false;
        if (bus.Find(page.Address)?.Ram is not { } ram || !ram.Range.Contains(page.Address, 2)) return false;
        value = *(ushort*)(ram.Pointer + (page.Address - ram.Range.Start));
        return true;
    }

    private bool TryWalk(ulong address, MemoryAccess access, Privilege privilege, Marking marking, out MappedAddress page, out bool accessFault)
    {
        page = new MappedAddress(address, 0xfff, IsGlobal: true);
        accessFault = false;
        ref var state = ref hart.Registers;
        var mode = state.Satp >> 60;
        if (privilege == Privilege.Machine || mode == 0) return true;

        var levels = (int)mode - 5; // 8: three levels, 9: four, 10: five
        var unused = 64 - (PageShift + (levels * LevelBits));
        if ((ulong)((long)(address << unused) >> unused) != address) return false;

        ref var known = ref _lastTables[(address >> LastTableShift) & (LastTableCount - 1)];
        var isKnown = known.Root == state.Satp && known.Number == address >> LastTableShift;
        var table = isKnown ? known.Table : (state.Satp & PpnMask) << PageShift;
        var illegal = Reserved | (_hasNapot ? 0 : Napot) | ((state.Menvcfg & EnvironmentConfiguration.PageTypes) == 0 ? PageTypes : 0);
        var isGlobal = isKnown ? known.Global : 0;
        for (var shift = isKnown ? PageShift : PageShift + ((levels - 1) * LevelBits); shift >= PageShift; shift -= LevelBits)
        {
            var at = table + (((address >> shift) & 511) * 8);
            var entry = FindEntry(at);
            if (entry == null)
            {
                accessFault = true;
                return false;
            }
            var pte = Volatile.Read(ref *entry);
            if (!IsWellFormed(pte, illegal)) return false;
            isGlobal |= pte & Global; // of a table: of all that it leads to
            if ((pte & (Read | Execute)) == 0)
            {
                if ((pte & LeafOnly) != 0) return false;
                table = ((pte >> 10) & PpnMask) << PageShift;
                if (shift == LastTableShift) known = new LastTable(state.Satp, address >> LastTableShift, table, isGlobal & Global);
                continue;
            }

            if (!IsAllowed(pte, access, privilege, state.Mstatus)) return false;
            var frame = ((pte >> 10) & PpnMask) << PageShift;
            var pageMask = (1ul << shift) - 1;
            if ((pte & Napot) != 0)
            {
                // The only size defined is 64 KiB: the low frame bits are 1000 (Svnapot).
                if (shift != PageShift || ((pte >> 10) & 15) != 8) return false;
                pageMask = 0xffff;
                frame &= ~0xfffful;
            }
            else if ((frame & pageMask) != 0) return false;
            var wanted = pte | Accessed | (access == MemoryAccess.Store ? Dirty : 0);
            if (wanted != pte && !TryMark(at, entry, pte, wanted, marking, ref state)) return false;
            page = new MappedAddress(frame | (address & pageMask), pageMask, isGlobal != 0);
            return true;
        }
        return false;
    }

    /// <summary>Where the host keeps a table entry; tables are in RAM that S mode may read. Null where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong* FindEntry(ulong address)
    {
        if (bus.Find(address, ref _tables)?.Ram is not { } ram || !ram.Range.Contains(address, 8)) return null;
        if (!Pmp.Check(address, 8, MemoryAccess.Load, Privilege.Supervisor).Allowed) return null;
        return (ulong*)(ram.Pointer + (address - ram.Range.Start));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsWellFormed(ulong pte, ulong illegal) =>
        (pte & Valid) != 0 && (pte & (Read | Write)) != Write && (pte & illegal) == 0 && (pte & PageTypes) != PageTypes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsAllowed(ulong pte, MemoryAccess access, Privilege privilege, ulong mstatus)
    {
        var isUser = (pte & User) != 0;
        if (privilege == Privilege.User && !isUser) return false;
        if (privilege == Privilege.Supervisor && isUser && (access == MemoryAccess.Fetch || (mstatus & Mstatus.Sum) == 0)) return false;
        return access switch
        {
            MemoryAccess.Fetch => (pte & Execute) != 0,
            MemoryAccess.Store => (pte & Write) != 0,
            _ => (pte & Read) != 0 || ((mstatus & Mstatus.Mxr) != 0 && (pte & Execute) != 0),
        };
    }

    private bool TryMark(ulong at, ulong* entry, ulong pte, ulong wanted, Marking marking, ref RiscVState state)
    {
        if (marking != Marking.Done) return marking == Marking.LeftOut;
        if ((state.Menvcfg & EnvironmentConfiguration.HardwareDirty) == 0) return false;
        // Another hart may be marking the same entry; any other change of it ends in a fault, after which the guest tries again.
        var seen = Interlocked.CompareExchange(ref *entry, wanted, pte);
        while (seen != pte)
        {
            if ((seen | Accessed | Dirty) != (pte | Accessed | Dirty)) return false;
            pte = seen;
            seen = Interlocked.CompareExchange(ref *entry, pte | wanted, pte);
        }
        var ram = bus.Find(at, ref _tables)!.Ram!;
        ram.MarkWritten(at - ram.Range.Start, sizeof(ulong));
        return true;
    }

    private void RaisePageFault(ulong address, MemoryAccess access)
    {
        if (hart.Log.Has(LogItems.PageFaults)) hart.Log.Write($"{hart.Name}: page fault, {access} of 0x{address:x}");
        hart.RaiseTrap(access switch
        {
            MemoryAccess.Load => Cause.LoadPage,
            MemoryAccess.Store => Cause.StorePage,
            _ => Cause.FetchPage,
        }, address);
    }

    /// <summary>Where the tables of a value of satp keep the entries of the pages of a stretch. No value has all zeroes and translates.</summary>
    private readonly record struct LastTable(ulong Root, ulong Number, ulong Table, ulong Global);

    /// <summary>What becomes of accessed and dirty bits that are not set.</summary>
    private enum Marking
    {
        Done,
        LeftOut,

        /// <summary>They must be set already.</summary>
        Needed,
    }

    /// <summary>Where an address leads, the bits of it inside the page of the tables, and whether it leads there in all address spaces.</summary>
    private readonly record struct MappedAddress(ulong Address, ulong Mask, bool IsGlobal);
}
