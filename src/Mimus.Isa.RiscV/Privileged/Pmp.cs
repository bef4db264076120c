namespace Mimus.Isa.RiscV.Privileged;

/// <summary>What physical memory protection says of an access.</summary>
internal readonly record struct PmpVerdict(bool Allowed, bool WholePage);

/// <summary>Physical memory protection (Privileged manual, section 3.7), checked when a translation is made.</summary>
internal static unsafe class Pmp
{
    public const byte Read = 1, Write = 2, Execute = 4, Locked = 0x80;

    private const int ModeShift = 3;
    private const int Off = 0, TopOfRange = 1, Naturally4 = 2;
    private const ulong PageSize = 4096;

    public static PmpVerdict Check(ref RiscVState state, int entries, ulong address, ulong size, MemoryAccess access, Privilege privilege)
    {
        var needed = access switch
        {
            MemoryAccess.Load => Read,
            MemoryAccess.Store => Write,
            _ => Execute,
        };
        var page = address & ~(PageSize - 1);
        var wholePage = true;
        for (var i = 0; i < entries; i++)
        {
            var configuration = state.PmpConfigurations[i];
            if (!TryRange(ref state, i, configuration, out var first, out var last)) continue;
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
            return new PmpVerdict(!enforced || (configuration & needed) != 0, wholePage);
        }
        return new PmpVerdict(privilege == Privilege.Machine || entries == 0, wholePage);
    }

    private static bool TryRange(ref RiscVState state, int index, byte configuration, out ulong first, out ulong last)
    {
        var address = state.PmpAddresses[index];
        first = last = 0;
        switch ((configuration >> ModeShift) & 3)
        {
            case Off:
                return false;
            case TopOfRange:
                first = index == 0 ? 0 : state.PmpAddresses[index - 1] << 2;
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
