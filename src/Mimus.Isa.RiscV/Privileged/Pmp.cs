using System.Runtime.CompilerServices;

namespace Mimus.Isa.RiscV.Privileged;

/// <summary>What physical memory protection says of an access.</summary>
internal readonly record struct PmpVerdict(bool Allowed, bool WholePage);

/// <summary>Physical memory protection (Privileged manual, section 3.7), checked when a translation is made.</summary>
internal sealed unsafe class Pmp(RiscVState* state, int entries)
{
    public const byte Read = 1, Write = 2, Execute = 4, Locked = 0x80;

    private const int ModeShift = 3;
    private const int Off = 0, TopOfRange = 1, Naturally4 = 2;
    private const ulong PageSize = 4096;

    // The stretch around the last page that was checked in which the same entry decides, or none: whole pages, first to last byte.
    private ulong _first = 1, _last;
    private byte _configuration;
    private bool _matches;

    /// <summary>The registers have changed.</summary>
    public void Changed() => (_first, _last) = (1, 0);

    /// <summary>Whether an access that stays inside a page is allowed, and whether that is so for all of the page.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PmpVerdict Check(ulong address, ulong size, MemoryAccess access, Privilege privilege)
    {
        if ((address < _first || address > _last) && !TryFindStretch(address & ~(PageSize - 1))) return CheckEntries(address, size, access, privilege);
        var allowed = _matches
            ? (_configuration & Needed(access)) != 0 || (privilege == Privilege.Machine && (_configuration & Locked) == 0)
            : privilege == Privilege.Machine || entries == 0;
        return new PmpVerdict(allowed, true);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte Needed(MemoryAccess access) => access switch
    {
        MemoryAccess.Load => Read,
        MemoryAccess.Store => Write,
        _ => Execute,
    };

    private PmpVerdict CheckEntries(ulong address, ulong size, MemoryAccess access, Privilege privilege)
    {
        var page = address & ~(PageSize - 1);
        var wholePage = true;
        for (var i = 0; i < entries; i++)
        {
            var configuration = state->PmpConfigurations[i];
            if (!TryRange(i, configuration, out var first, out var last)) continue;
            if (last < page || first > page + (PageSize - 1)) continue;
            var covers = first <= page && last >= page + (PageSize - 1);
            if (last < address || first > address + (size - 1))
            {
                // Another part of the page has its own rule.
                wholePage = false;
                continue;
            }
            wholePage &= covers;
            // An access must be inside the entry as a whole.
            if (first > address || last < address + (size - 1)) return new PmpVerdict(false, false);
            var enforced = privilege != Privilege.Machine || (configuration & Locked) != 0;
            return new PmpVerdict(!enforced || (configuration & Needed(access)) != 0, wholePage);
        }
        return new PmpVerdict(privilege == Privilege.Machine || entries == 0, wholePage);
    }

    /// <summary>Finds the pages around a page for which the same holds; false when not even all of the page is alike.</summary>
    private bool TryFindStretch(ulong page)
    {
        var end = page + (PageSize - 1);
        ulong low = 0, high = ulong.MaxValue;
        byte configuration = 0;
        var matches = false;
        for (var i = 0; i < entries && !matches; i++)
        {
            if (!TryRange(i, state->PmpConfigurations[i], out var first, out var last)) continue;
            if (last < page) low = Math.Max(low, last + 1);
            else if (first > end) high = Math.Min(high, first - 1);
            else if (first > page || last < end) return false;
            else
            {
                low = Math.Max(low, first);
                high = Math.Min(high, last);
                configuration = state->PmpConfigurations[i];
                matches = true;
            }
        }
        // Entries may begin and end inside pages, which are left to the entries.
        _first = (low + (PageSize - 1)) & ~(PageSize - 1);
        _last = high == ulong.MaxValue ? high : ((high + 1) & ~(PageSize - 1)) - 1;
        (_configuration, _matches) = (configuration, matches);
        return true;
    }

    private bool TryRange(int index, byte configuration, out ulong first, out ulong last)
    {
        var address = state->PmpAddresses[index];
        first = last = 0;
        switch ((configuration >> ModeShift) & 3)
        {
            case Off:
                return false;
            case TopOfRange:
                first = index == 0 ? 0 : state->PmpAddresses[index - 1] << 2;
                var end = address << 2;
                last = end - 1;
                return first < end;
            case Naturally4:
                first = address << 2;
                last = first + 3;
                return true;
            default:
                // The lowest zero bit tells the size: all ones up to it are part of the mask.
                var mask = (address ^ (address + 1)) << 2 | 3;
                first = (address << 2) & ~mask;
                last = first | mask;
                return true;
        }
    }
}
