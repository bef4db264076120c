using Mimus.Core.Cpus;
using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;
using Mimus.Core.State;
using Mimus.Core.Timing;

namespace Mimus.Isa.X86;

/// <summary>
/// One x86 processor: Intel's Software Developer's Manual (SDM), volumes 1 to 3. The instructions are in the Instructions folder; here is what
/// is behind them.
/// </summary>
public sealed unsafe partial class X86Cpu : EmulatedCpu
{
    private readonly X86State* _state;
    private readonly Mmu _mmu;
    private readonly SystemMemory _systemMemory;
    private readonly PortSpace _ports;
    private readonly TickCounter? _time;
    private readonly X86Debug _debug;
    private int _lines;
    private int _events, _startPage, _addressGate;
    private string? _failure;
    private ulong _debugHits;

    /// <param name="index">The number of the processor.</param>
    /// <param name="model">What it is.</param>
    /// <param name="memory">The physical addresses.</param>
    /// <param name="ports">The addresses of IN and OUT.</param>
    /// <param name="time">The time-stamp counter; without one, instructions are counted.</param>
    /// <param name="log">Where it writes what is asked for.</param>
    public X86Cpu(int index, CpuModel model, AddressSpace memory, PortSpace ports, TickCounter? time, MachineLog log)
        : base(index, $"cpu{index}", new CpuMemory(sizeof(X86State)))
    {
        _state = (X86State*)Slots;
        Model = model;
        Log = log;
        _ports = ports;
        _time = time;
        _mmu = new Mmu(this, memory);
        _systemMemory = new SystemMemory(this, _mmu);
        _debug = new X86Debug(this);
        Reset();
    }

    public CpuModel Model { get; private set; }

    /// <summary>How many processors the machine has, each a core of one package. Set before any runs.</summary>
    public int ProcessorCount { get; set; } = 1;

    /// <summary>Where vectors of interrupts come from; null where none are wired.</summary>
    public IInterruptController? InterruptController { get; set; }

    /// <summary>Whether a local APIC is there and switched on.</summary>
    internal bool HasInterruptController
    {
        get
        {
            const uint Enabled = 1 << 11;
            ulong value = 0;
            return InterruptController?.TryReadRegister(IInterruptController.BaseRegister, out value) == true && (value & Enabled) != 0;
        }
    }

    /// <summary>Works the arithmetic flags out; set by the engine that runs the processor.</summary>
    public IFlagReader? FlagReader { get; set; }

    /// <summary>It has shut down, or was led where nothing can be run.</summary>
    public override string? Failure => _failure;

    /// <summary>The registers of the processor. Only while it does not run, or on its own thread.</summary>
    public ref X86State Registers => ref *_state;

    internal MachineLog Log { get; }

    /// <summary>The address of the page fault that is pending.</summary>
    internal ulong PageFaultAddress { get; set; }

    public override int FloatFlagsSlot => Slot.FloatFlags;

    public override ICpuDebug Debug => _debug;

    /// <summary>The instruction pointer: an offset into the code segment.</summary>
    public override ulong ProgramCounter
    {
        get => _state->Rip;
        set => _state->Rip = value;
    }

    /// <summary>It runs no instructions until something is delivered to it.</summary>
    public override bool IsWaiting => _state->Activity != Activity.Running;

    public override bool IsStopped => IsWaiting && !HasInterrupt;

    public override IoRegion? FindOwnRegion(ulong physical) => InterruptController?.FindRegion(physical, IsInManagement);

    /// <summary>RFLAGS as a whole.</summary>
    public ulong Flags
    {
        get => ArithmeticFlags | EFlags.Fixed | _state->SystemFlags | ((long)_state->Direction < 0 ? EFlags.Direction : 0);
        set
        {
            _state->FlagKind = (ulong)FlagKind.Eager;
            _state->FlagX = value & EFlags.Arithmetic;
            _state->SystemFlags = value & EFlags.System;
            _state->Direction = (value & EFlags.Direction) != 0 ? ulong.MaxValue : 1;
            if ((value & EFlags.Interrupt) != 0) RecheckInterrupts();
        }
    }

    /// <summary>Mostly a word already where they are asked for here.</summary>
    private ulong ArithmeticFlags => _state->FlagKind == (ulong)FlagKind.Eager ? _state->FlagX : FlagReader?.ReadFlags() ?? _state->FlagX;

    public override void Reset()
    {
        const ulong ResetCr0 = 0x60000010, DefaultMxcsr = 0x1f80, ResetPat = 0x0007040600070406, FastStrings = 1, ResetManagementBase = 0x30000;
        *_state = default;
        _state->Cr0 = ResetCr0;
        _state->Mxcsr = DefaultMxcsr;
        _state->Pat = ResetPat;
        _state->MiscEnable = FastStrings;
        _state->ManagementBase = ResetManagementBase;
        _state->Xcr0 = 1;
        _state->A20Mask = ulong.MaxValue;
        _state->X87Control = 0x40;
        Interlocked.Exchange(ref _events, 0);
        Interlocked.Exchange(ref _addressGate, 1);
        _failure = null;
        ResetByInit();
    }

    /// <summary>What INIT does, and a reset too (SDM volume 3, table 10-1): floating-point and vector registers and most MSRs stay.</summary>
    private void ResetByInit()
    {
        const ulong KeptCr0 = Cr0.CacheDisable | Cr0.NotWriteThrough, ResetDr7 = 0x400, ResetDr6 = 0xffff0ff0;
        _state->General.Clear();
        _state->Registers[Slot.Rdx] = Model.Signature;
        _state->Rip = 0xfff0;
        Flags = 0;
        _state->Cr0 = (_state->Cr0 & KeptCr0) | Cr0.Extension;
        (_state->Cr2, _state->Cr3, _state->Cr4, _state->Cr8, _state->Efer) = (0, 0, 0, 0, 0);
        _state->DebugAddresses.Clear();
        (_state->Dr6, _state->Dr7) = (ResetDr6, ResetDr7);
        _debugHits = 0;
        WatchesData = false;
        (_state->Cpl, _state->InterruptShadow, _state->NmiBlocked, _state->InManagement) = (0, 0, 0, 0);
        _state->Activity = Index == 0 ? Activity.Running : Activity.AwaitingStart;
        for (var segment = SegmentNumber.Es; segment <= SegmentNumber.Task; segment++) SetRealSegment(segment, 0, 0xffff);
        _state->Segment(SegmentNumber.Ldt).Attributes = 0x82;
        _state->Segment(SegmentNumber.Task).Attributes = 0x8b;
        SetRealSegment(SegmentNumber.Cs, 0xf000, 0xffff);
        _state->Segment(SegmentNumber.Cs).Base = 0xffff0000;
        (_state->GdtBase, _state->GdtLimit, _state->IdtBase, _state->IdtLimit) = (0, 0xffff, 0, 0xffff);
        _failure = null;
        WaitRequested = false;
        ModeChanged();
        ForgetTranslations();
    }

    /// <summary>Starts in real mode at a segment and offset, with all other segments the same. After a reset, before it runs.</summary>
    public void StartReal(ushort segment, ushort offset)
    {
        for (var number = SegmentNumber.Es; number <= SegmentNumber.Gs; number++) SetRealSegment(number, segment, 0xffff);
        _state->Rip = offset;
        ModeChanged();
    }

    /// <summary>Whether the processor has 64-bit mode.</summary>
    public bool HasLongMode => Has(X86Feature.LongMode);

    /// <summary>Starts in protected mode with flat segments, as kernels begin. After a reset, before it runs.</summary>
    /// <param name="entry">The first instruction.</param>
    /// <param name="table">Where a descriptor table is.</param>
    /// <param name="descriptors">What it holds.</param>
    /// <param name="code">The selector of the code segment.</param>
    /// <param name="data">The selector of all other segments.</param>
    /// <param name="pages">The page table of the highest level with which long mode begins; null for protected mode without paging.</param>
    public void StartFlat(uint entry, ulong table, ReadOnlySpan<ulong> descriptors, ushort code, ushort data, ulong? pages)
    {
        const int DescriptorLength = 8;
        _state->Cr0 |= Cr0.Protection;
        _state->GdtBase = table;
        _state->GdtLimit = (ulong)(descriptors.Length * DescriptorLength) - 1;
        for (var number = SegmentNumber.Es; number <= SegmentNumber.Gs; number++)
        {
            var selector = number == SegmentNumber.Cs ? code : data;
            _state->Segment(number) = new Descriptor(descriptors[selector / DescriptorLength]).ToSegment(selector);
        }
        if (pages is { } root)
        {
            _state->Cr3 = root;
            _state->Cr4 |= Cr4.PhysicalExtension;
            _state->Efer |= Efer.LongEnable | Efer.LongActive;
            _state->Cr0 |= Cr0.Paging;
        }
        _state->Rip = entry;
        ModeChanged();
    }

    public override void State(StateVisitor v)
    {
        // Whoever goes on from here need not know how this engine keeps the flags.
        if (!v.IsRestoring) MakeFlagsPlain();
        var context = _state->Context;
        _state->Context = 0;
        v.Bytes(1, "registers", new Span<byte>(_state, sizeof(X86State)));
        _state->Context = context;
        var lines = (uint)_lines;
        v.Field(2, "lines", ref lines);
        var events = (uint)_events;
        v.Field(3, "events", ref events);
        var startPage = (uint)_startPage;
        v.Field(4, "start-page", ref startPage);
        var addressGate = (uint)_addressGate;
        v.Field(5, "address-gate", ref addressGate);
        v.Field(6, "debug-hits", ref _debugHits);
        Span<uint> features = stackalloc uint[FeatureSet.WordCount];
        for (var i = 0; i < features.Length; i++) features[i] = Model.Features.Word(i);
        v.Fields(7, "features", features);
        if (!v.IsRestoring) return;
        var missing = FeatureSet.OfWords(features).Except(Model.Features);
        if (!missing.IsEmpty) StateVisitor.Refuse($"{Name} was saved with features that it does not have here: {FeatureNames.Describe(missing)}; take the same -cpu, or save a machine that has them switched off (-cpu MODEL,-FEATURE)");
        Interlocked.Exchange(ref _lines, (int)lines);
        Interlocked.Exchange(ref _events, (int)events);
        Interlocked.Exchange(ref _startPage, (byte)startPage);
        Interlocked.Exchange(ref _addressGate, (int)addressGate);
        if (_state->Activity > Activity.AwaitingStart) StateVisitor.Refuse($"{Name} has the activity {_state->Activity}");
        if (_state->Cpl > 3) StateVisitor.Refuse($"{Name} has privilege level {_state->Cpl}");
        if (_state->FlagKind >> 2 > (ulong)FlagKind.ShiftRight) StateVisitor.Refuse($"{Name} has flags of a kind that does not exist");
        _state->Zero = 0;
        _state->Direction = (long)_state->Direction < 0 ? ulong.MaxValue : 1;
        _state->SystemFlags &= EFlags.System;
        WatchesData = HasDataBreakpoint;
        ModeChanged();
        ForgetTranslations();
        Signal.Raise(Attention.Interrupts);
    }

    public override bool TryTranslate(ulong address, int size, MemoryAccess access, out PageTranslation translation) =>
        _mmu.TryTranslate(address, size, access, isUser: _state->Cpl == 3, isImplicit: false, out translation);

    internal bool TryPeek(ulong address, out ulong physical) => _mmu.TryPeek(address, out physical);

    internal bool Has(X86Feature feature) => Model.Has(feature);

    /// <summary>The time-stamp counter.</summary>
    internal ulong TimeStamp => Ticks + _state->TscOffset;

    public override TickCounter? Time => _time;

    public PortSpace Ports => _ports;

    /// <summary>Code that others have changed is seen from here on (SDM volume 3, 9.3).</summary>
    internal void Serialize() => Caches.FlushCode();

    /// <summary>The processor stops for good; a reset starts it again.</summary>
    internal void Fail(string reason)
    {
        _failure ??= reason;
        _state->Activity = Activity.Halted;
        WaitRequested = true;
    }

    /// <summary>What a board does when a fault in a double fault's handler shuts a processor down (SDM volume 3, 6.15, interrupt 8); without it, that is a failure.</summary>
    public Action? OnShutdown { get; set; }

    private void ShutDown()
    {
        if (OnShutdown is null)
        {
            Fail("triple fault");
            return;
        }
        _state->Activity = Activity.Halted;
        WaitRequested = true;
        OnShutdown();
    }

    protected override void CountRetired(ulong instructions) => _state->Retired += instructions;

    public override void RaiseAccessFault(ulong address, MemoryAccess access)
    {
        if (access == MemoryAccess.Fetch) Fail($"there is no memory with instructions at 0x{address:x}");
        RaiseTrap(Fault.GeneralProtection, 0);
    }

    public override bool SplitsMisaligned => true;

    public override void RaiseMisaligned(ulong address, MemoryAccess access) => RaiseTrap(Fault.AlignmentCheck, 0);
}
