using Mimus.Core.Cpus;
using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;
using Mimus.Core.State;
using Mimus.Core.Timing;
using Mimus.Host;
using Mimus.Isa.RiscV.Privileged;

namespace Mimus.Isa.RiscV;

/// <summary>
/// One RISC-V hart: Unprivileged manual 20240411 and Privileged manual 20240411. The instructions are in the Instructions
/// folder; here is what is behind them.
/// </summary>
public sealed unsafe partial class RiscVHart : EmulatedCpu
{
    private readonly RiscVState* _state;
    private readonly RiscVConfiguration _configuration;
    private readonly TickCounter _time;
    private readonly SupervisorTimer _supervisorTimer;
    private readonly MachineLog _log;
    private readonly Mmu _mmu;
    private readonly TranslationContexts _contexts = new();
    private readonly RiscVDebug _debug;
    private int _lines;

    public RiscVHart(int index, RiscVConfiguration configuration, AddressSpace bus, TickCounter time, MachineLog log) 
        : base(index, $"hart{index}", new CpuMemory(sizeof(RiscVState)))
    {
        _state = (RiscVState*)Slots;
        _configuration = configuration with { Extensions = Profiles.Complete(configuration.Extensions) };
        _time = time;
        _log = log;
        _supervisorTimer = new SupervisorTimer(time, Signal);
        _mmu = new Mmu(this, bus);
        _debug = new RiscVDebug(this);
        Reset();
    }

    /// <summary>Serves environment calls from S mode in place of M-mode code; null where the guest brings its own firmware.</summary>
    public ISupervisorFirmware? Firmware { get; set; }

    /// <summary>Where the hart starts, and in which state: set by the board, applied at reset.</summary>
    public ulong ResetVector { get; set; } = 0x1000;

    public RiscVConfiguration Configuration => _configuration;

    public override int FloatFlagsSlot => RiscV.Slot.FloatFlags;

    public override ICpuDebug Debug => _debug;

    public override ulong ProgramCounter
    {
        get => _state->Pc;
        set => _state->Pc = value;
    }

    public override bool IsStopped => _state->Stopped != 0;

    public Privilege Privilege
    {
        get => (Privilege)_state->Privilege;
        set => _state->Privilege = (ulong)value;
    }

    public override int FetchContext => _contexts.Number(Privilege, _state->Satp, _state->Mstatus & ~(Mstatus.Sum | Mstatus.Mxr));

    public override int DataContext => _contexts.Number(EffectivePrivilege, _state->Satp, _state->Mstatus);

    /// <summary>A slot of the state, see <see cref="RiscV.Slot"/>.</summary>
    internal ref ulong Slot(int number) => ref Slots[number];

    /// <summary>The registers of the hart. Only while it does not run, or on its own thread.</summary>
    public ref RiscVState Registers => ref *_state;

    public override TickCounter Time => _time;

    internal MachineLog Log => _log;

    /// <summary>The privilege with which loads and stores are checked.</summary>
    internal Privilege EffectivePrivilege => (_state->Mstatus & Mstatus.Mprv) != 0
        ? (Privilege)((_state->Mstatus & Mstatus.Mpp) >> Mstatus.MppShift)
        : Privilege;

    public bool Has(Extension extension) => (_configuration.Extensions & extension) == extension;

    public override void Reset()
    {
        *_state = default;
        _state->Pc = ResetVector;
        _state->Privilege = (ulong)Privilege.Machine;
        _state->X[10] = (ulong)Index;
        _state->Mstatus = StatusWidths;
        if (Has(Extension.Svadu) && !Has(Extension.Svade)) _state->Menvcfg |= EnvironmentConfiguration.HardwareDirty;
        if (Has(Extension.Svpbmt)) _state->Menvcfg |= EnvironmentConfiguration.PageTypes;
        _state->Stimecmp = ulong.MaxValue;
        _state->TriggerControls.SetAll(Triggers.Empty);
        ArmSupervisorTimer();
        WaitRequested = false;
        ProtectionChanged();
    }

    public override void State(StateVisitor v)
    {
        _state->X[RiscV.Slot.Sink] = 0; // some engines leave something there
        v.Bytes(1, "registers", new Span<byte>(_state, sizeof(RiscVState)));
        var lines = (uint)_lines;
        v.Field(2, "lines", ref lines);
        if (!v.IsRestoring) return;
        Interlocked.Exchange(ref _lines, (int)lines);
        if (_state->Privilege is not (0 or 1 or 3)) StateVisitor.Refuse($"{Name} has privilege level {_state->Privilege}");
        if (_state->TriggerSelect >= RiscVState.TriggerCount) StateVisitor.Refuse($"{Name} selects trigger {_state->TriggerSelect}");
        if (!CsrTable.IsLegalSatp(this, _state->Satp)) StateVisitor.Refuse($"{Name} has a page-table mode that does not exist");
        _state->X[0] = 0;
        _state->FloatFlags &= 0x1f;
        _state->RoundingMode &= 7;
        _state->FloatStatus = Mstatus.FloatStatusOf(Mstatus.FromFloatStatus(_state->FloatStatus));
        _state->Mstatus = (_state->Mstatus & Mstatus.MachineWritable) | StatusWidths;
        _state->Mepc &= InstructionAddressMask;
        _state->Sepc &= InstructionAddressMask;
        ArmSupervisorTimer();
        ProtectionChanged();
        Signal.Raise(Attention.Interrupts);
    }

    public override void SetLine(int input, bool high)
    {
        var bit = 1 << input;
        if (high) Interlocked.Or(ref _lines, bit);
        else Interlocked.And(ref _lines, ~bit);
        Signal.Raise(Attention.Interrupts);
    }

    /// <summary>Starts a stopped hart at an address in S mode, with translation off. From another hart's thread.</summary>
    public void Start(ulong address, ulong argument)
    {
        EnterSupervisor(address, argument);
        Volatile.Write(ref _state->Stopped, 0);
        Signal.Raise(Attention.Flush);
    }

    /// <summary>The hart runs nothing more until it is started. On its own thread, or while it does not run.</summary>
    public void Stop() => Volatile.Write(ref _state->Stopped, 1);

    public override bool TryTranslate(ulong address, int size, MemoryAccess access, out PageTranslation translation) =>
        _mmu.TryTranslate(address, size, access, out translation);

    public override bool TryTranslateAgain(ulong page, MemoryAccess access, out PageTranslation translation) => _mmu.TryTranslateAgain(page, access, out translation);

    internal bool TryPeek(ulong address, out ulong physical) => _mmu.TryPeek(address, out physical);

    protected override void CountRetired(ulong instructions) => _state->Retired += instructions;

    /// <summary>Physical memory protection says something else now.</summary>
    internal void ProtectionChanged()
    {
        _mmu.Pmp.Changed();
        ForgetTranslations();
    }

    internal void ForgetTranslations()
    {
        _contexts.Clear();
        _mmu.ForgetTables();
        Caches.FlushTranslations();
    }

    internal void WriteSatp(ulong value)
    {
        _state->Satp = value;
        // Context numbers that come to mean another table must not find the old one's translations.
        if (_contexts.Use(value)) Caches.FlushContexts(_contexts.Current, TranslationContexts.PerRoot);
        if (_contexts.ChangesMode(value)) Caches.FlushContexts(TranslationContexts.FirstShared, TranslationContexts.PerRoot);
    }

    internal void FenceTranslations(FenceExtent extent, ulong identifier, ulong address)
    {
        _mmu.ForgetTables();
        switch (extent)
        {
            case FenceExtent.All:
                _contexts.Forgotten();
                Caches.RenewTranslations();
                break;
            case FenceExtent.Page:
                Caches.FlushPage(address);
                break;
            case FenceExtent.PageOfAddressSpace:
                for (var i = 0; _contexts.TryFindAddressSpace(identifier, ref i, out var first); i++) Caches.FlushPage(address, first, TranslationContexts.PerRoot);
                break;
            case FenceExtent.AddressSpace:
                for (var i = 0; _contexts.TryFindAddressSpace(identifier, ref i, out var first); i++) Caches.FlushContexts(first, TranslationContexts.PerRoot);
                break;
        }
    }

    /// <summary>An address was translated, with a privilege, by a page that is not global.</summary>
    internal void MetLocalPage(MemoryAccess access) =>
        _contexts.MetLocalPage(access == MemoryAccess.Fetch ? Privilege : EffectivePrivilege, access == MemoryAccess.Fetch ? 0 : _state->Mstatus);

    /// <summary>Whether what is translated with a privilege now is remembered for all address spaces.</summary>
    internal bool SharesTranslations(MemoryAccess access) =>
        _contexts.Shares(access == MemoryAccess.Fetch ? Privilege : EffectivePrivilege, _state->Satp, access == MemoryAccess.Fetch ? 0 : _state->Mstatus);

    internal void FenceInstructions() => Caches.FlushCode();

    /// <summary>Instructions retired, those of the running stretch included.</summary>
    internal ulong RetiredNow => _state->Retired + Caches.InstructionsInFlight;

    public override bool MayTrigger(ulong pc)
    {
        for (var i = 0; i < RiscVState.TriggerCount; i++)
        {
            if (_state->TriggerControls[i] != Triggers.Empty && ((_state->TriggerAddresses[i] ^ pc) & 0xfff) == 0) return true;
        }
        return false;
    }

    public override bool RaiseTriggered(ulong pc)
    {
        if (!Triggers.Matches(this, pc)) return false;
        RaiseTrap(Cause.Breakpoint, pc);
        return true;
    }

    /// <summary>Decoded code says where triggers stand.</summary>
    internal void TriggersChanged() => Caches.ForgetCode();

    /// <summary>A cache-block operation that cannot read its block is reported as a store.</summary>
    internal void BlockFault(ulong address) => RaiseTrap(TrapCause == Cause.LoadPage ? Cause.StorePage : Cause.StoreAccess, address);

    /// <summary>The fixed fields of mstatus.</summary>
    private ulong StatusWidths => (Has(Extension.U) ? Mstatus.UserWidth : 0) | (Has(Extension.S) ? Mstatus.SupervisorWidth : 0);
}
