namespace Mimus.Isa.RiscV.Privileged;

/// <content>
/// Counters (Privileged manual, section 3.1.10 and Zicntr, Zihpm). Cycles are instructions; the event counters can be written
/// and read but no event is counted.
/// </content>
internal static partial class CsrTable
{
    private const int FirstEventCounter = 3, EventCounters = 29;

    private static IEnumerable<Csr> CounterRows()
    {
        yield return new(0xb00, "mcycle", Cycles, (h, v) => h.Registers.CycleOffset = v - h.RetiredNow) { EndsBlock = false };
        yield return new(0xb02, "minstret", Retired, (h, v) => h.Registers.RetiredOffset = v - h.RetiredNow) { EndsBlock = false };
        yield return new(0xc00, "cycle", Cycles, null, Extension.Zicntr, h => IsVisible(h, 0));
        yield return new(Csr.Time, "time", h => h.Ticks, null, Extension.Zicntr, h => IsVisible(h, 1));
        yield return new(0xc02, "instret", Retired, null, Extension.Zicntr, h => IsVisible(h, 2));
        yield return new(0x320, "mcountinhibit", Slot.Mcountinhibit, uint.MaxValue & ~2u);
        for (var i = 0; i < EventCounters; i++)
        {
            var number = i + FirstEventCounter;
            var index = i;
            yield return new(0xb00 + number, $"mhpmcounter{number}", h => h.Registers.EventCounters[index], (h, v) => h.Registers.EventCounters[index] = v);
            yield return new(0x320 + number, $"mhpmevent{number}", h => h.Registers.EventSelectors[index], (h, v) => h.Registers.EventSelectors[index] = v);
            yield return new(0xc00 + number, $"hpmcounter{number}", h => h.Registers.EventCounters[index], null, Extension.Zihpm, h => IsVisible(h, number));
        }
    }

    private static ulong Cycles(RiscVHart h) => h.RetiredNow + h.Registers.CycleOffset;

    private static ulong Retired(RiscVHart h) => h.RetiredNow + h.Registers.RetiredOffset;

    private static bool IsVisible(RiscVHart h, int counter) => h.Privilege switch
    {
        Privilege.Machine => true,
        Privilege.Supervisor => ((h.Registers.Mcounteren >> counter) & 1) != 0,
        _ => ((h.Registers.Mcounteren >> counter) & 1) != 0 && (!h.Has(Extension.S) || ((h.Registers.Scounteren >> counter) & 1) != 0),
    };
}
