using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Mimus.Isa.RiscV;

/// <summary>
/// The whole architectural state of a hart, in native memory: semantics, translated code, the debugger and snapshots all read
/// this one definition. The first fields are reached by slot number, see <see cref="Slot"/>.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct RiscVState
{
    /// <summary>x0 to x31, and a place where results that go to x0 end.</summary>
    public fixed ulong X[33];

    /// <summary>f0 to f31; narrow values are NaN-boxed.</summary>
    public fixed ulong F[32];

    public ulong Pc;

    /// <summary>fcsr.fflags: accrued exceptions.</summary>
    public ulong FloatFlags;

    /// <summary>fcsr.frm: the dynamic rounding mode.</summary>
    public ulong RoundingMode;

    /// <summary>mstatus.FS: 0 off, 1 initial, 2 clean; all ones for dirty, so that FS and SD are the same bits of it.</summary>
    public ulong FloatStatus;

    public ulong Privilege;

    /// <summary>mstatus without FS and SD, which come from <see cref="FloatStatus"/> when it is read.</summary>
    public ulong Mstatus;

    public ulong Mie, Mideleg, Medeleg, Mtvec, Mscratch, Mepc, Mcause, Mtval, Mcounteren, Mcountinhibit, Menvcfg;

    /// <summary>The writable bits of mip: what software has set.</summary>
    public ulong SoftwarePending;

    public ulong Stvec, Sscratch, Sepc, Scause, Stval, Scounteren, Senvcfg, Satp, Stimecmp;

    /// <summary>Instructions retired, and how far cycle and instret as the guest sees them are ahead of that.</summary>
    public ulong Retired, CycleOffset, RetiredOffset;

    private fixed ulong _eventSelectors[EventCounterCount];
    private fixed ulong _eventCounters[EventCounterCount];
    private fixed ulong _pmpAddresses[PmpCount];
    private fixed byte _pmpConfigurations[PmpCount];
    private fixed ulong _stateEnables[StateEnableCount];

    public ulong TriggerSelect;
    private fixed ulong _triggerControls[TriggerCount];
    private fixed ulong _triggerAddresses[TriggerCount];

    /// <summary>1 while the hart runs nothing until it is started.</summary>
    public ulong Stopped;

    public const int TriggerCount = 4;

    private const int EventCounterCount = 29;
    private const int PmpCount = 64;
    private const int StateEnableCount = 4;

    /// <summary>x0 to x31 for code that is not unsafe.</summary>
    [UnscopedRef]
    public Span<ulong> Integers => MemoryMarshal.CreateSpan(ref X[0], 32);

    /// <summary>mhpmevent3 to 31.</summary>
    [UnscopedRef]
    public Span<ulong> EventSelectors => MemoryMarshal.CreateSpan(ref _eventSelectors[0], EventCounterCount);

    /// <summary>mhpmcounter3 to 31, which keep what is written and count nothing.</summary>
    [UnscopedRef]
    public Span<ulong> EventCounters => MemoryMarshal.CreateSpan(ref _eventCounters[0], EventCounterCount);

    [UnscopedRef]
    public Span<ulong> PmpAddresses => MemoryMarshal.CreateSpan(ref _pmpAddresses[0], PmpCount);

    [UnscopedRef]
    public Span<byte> PmpConfigurations => MemoryMarshal.CreateSpan(ref _pmpConfigurations[0], PmpCount);

    [UnscopedRef]
    public Span<ulong> StateEnables => MemoryMarshal.CreateSpan(ref _stateEnables[0], StateEnableCount);

    [UnscopedRef]
    public Span<ulong> TriggerControls => MemoryMarshal.CreateSpan(ref _triggerControls[0], TriggerCount);

    [UnscopedRef]
    public Span<ulong> TriggerAddresses => MemoryMarshal.CreateSpan(ref _triggerAddresses[0], TriggerCount);
}
