using System.Globalization;
using Mimus.Core.Cpus;
using Mimus.Host;
using Mimus.Isa.X86;
using Mimus.Kvm.Kernel;

namespace Mimus.Kvm;

/// <summary>
/// A vCPU that the kernel runs on the host's processor. All interrupt controllers are the machine's own: the vector of an interrupt is fetched there when the
/// guest can take it.
/// </summary>
internal sealed unsafe class KvmVcpu : IVcpu, IExitStatistics
{
    private readonly X86Cpu _cpu;
    private readonly VcpuEnvironment _environment;
    private readonly VcpuSignal _signal;
    private readonly KvmFile _file;
    private readonly MemoryMapping _shared;
    private readonly RunArea* _run; // safe: the kernel's structure at the start of its shared pages, which live as long as this object
    private readonly KvmState _state;
    private readonly KvmDebug _debug;
    private readonly GuestAccesses _accesses;
    private readonly ExitCounters _exits = new();
    private readonly string? _backEnd;
    private readonly IVcpu? _management;
    private bool _mustFinish; // the guest's last access takes effect at the next entry
    private bool _holdsInterrupts;
    private int _thread;
    private volatile int _isInKernel;
    private string? _failure;
    private ulong _exitPlace;

    public KvmVcpu(X86Cpu cpu, VcpuEnvironment environment, KvmFile file, nuint sharedLength, string? backEnd, IVcpu? management)
    {
        _cpu = cpu;
        _environment = environment;
        _backEnd = backEnd;
        _management = management;
        _signal = cpu.Signal;
        _file = file;
        _shared = file.Map(sharedLength);
        _run = (RunArea*)_shared.Pointer;
        CpuidTable.Tell(file, cpu);
        _state = new KvmState(file, cpu, _run);
        _debug = new KvmDebug(file, environment.Debug);
        _accesses = new GuestAccesses(cpu, environment.Bus, _run);
        _signal.Raised = Kick;
    }

    public GuestCpu Cpu => _cpu;

    public string? Failure => _failure ?? _cpu.Failure;

    public WatchHit? WatchHit { get; private set; }

    public IReadOnlyList<ExitCount> Exits => _exits.ToList(Subject);

    public VcpuExit Run() => Enter(steps: false);

    public VcpuExit Step(StepOptions options = StepOptions.None)
    {
        _holdsInterrupts = (options & StepOptions.HoldInterrupts) != 0;
        try
        {
            return Enter(steps: true);
        }
        finally
        {
            _holdsInterrupts = false;
        }
    }

    public void Forget()
    {
        _state.WasChanged();
        _debug.Forget();
        _failure = null;
    }

    public void Dispose()
    {
        _signal.Raised = null;
        _management?.Dispose();
        _shared.Dispose();
        _file.Dispose();
    }

    private VcpuExit Enter(bool steps)
    {
        if (_cpu.ExecutionLimit != ulong.MaxValue) return Fail("KVM does not count instructions; use -accel tcg with -icount");
        using var running = _signal.EnterGuest();
        _thread = ThreadInterruption.CurrentThread;
        WatchHit = null;
        _debug.Apply(steps);
        if (_debug.Problem is { } problem) return Fail(problem);
        var exit = RunGuest(steps);
        Finish();
        _state.Pull();
        return exit == VcpuExit.Failed && Failure is { } reason ? Fail(FailureReport.Write(reason, _cpu, _environment.Memory)) : exit;
    }

    private VcpuExit Fail(string reason)
    {
        _failure = reason;
        return VcpuExit.Failed;
    }

    private VcpuExit RunGuest(bool steps)
    {
        var start = _cpu.Registers.Rip;
        while (true)
        {
            if (_cpu.HasInterruptAtInput) Finish();
            // Whoever asks for attention from here on makes the kernel return at once.
            _run->ImmediateExit = 0;
            Interlocked.MemoryBarrier();
            if ((_signal.Pending & Attention.Stop) != 0)
            {
                _signal.Acknowledge(Attention.Stop);
                return VcpuExit.Kicked;
            }
            Attend();
            if (_cpu.IsInManagement)
            {
                if (Manage() is { } management) return management;
                continue;
            }
            if (_state.IsHere && !TryWake()) return VcpuExit.Halted;
            _state.Push();
            if (!_holdsInterrupts) OfferInterrupt();
            if (RunOnce() is { } exit) return exit;
            if (steps && _mustFinish && HasStepped(start)) return VcpuExit.SingleStep;
        }
    }

    /// <summary>Lets the guest run until it leaves for a reason, and sees to that; what is for the caller, if something is.</summary>
    private VcpuExit? RunOnce()
    {
        var controller = _cpu.InterruptController;
        var (priority, apicBase) = (controller?.PriorityClass ?? 0, _run->ApicBase);
        _run->Cr8 = priority;
        _state.Leave();
        var result = EnterKernel();
        var left = HostClock.Nanoseconds;
        if (controller is not null)
        {
            if (_run->Cr8 != priority) controller.PriorityClass = (byte)(_run->Cr8 & 15);
            if (_run->ApicBase != apicBase) controller.TryWriteRegister(IInterruptController.BaseRegister, _run->ApicBase);
        }
        var reason = result >= 0 ? (ExitReason)_run->Reason : ExitReason.Interrupted;
        if (result is < 0 and not ThreadInterruption.Interrupted) throw HostException.FromError("KVM cannot run the processor (KVM_RUN)", -result);
        _exitPlace = 0;
        var isWrite = reason == ExitReason.Io ? _run->PortIsWrite != 0 : reason == ExitReason.Mmio && _run->IsWrite != 0;
        var exit = Handle(reason);
        _exits.Add(reason, isWrite, _exitPlace, HostClock.Nanoseconds - left);
        return exit;
    }

    /// <summary>The kernel does not tell of a step that was an access: whether the instruction is done with it.</summary>
    private bool HasStepped(ulong start)
    {
        Finish();
        _state.Pull();
        return _cpu.Registers.Rip != start;
    }

    private int EnterKernel()
    {
        _mustFinish = false;
        _isInKernel = 1;
        Interlocked.MemoryBarrier();
        var result = _file.Try(KvmCalls.Run);
        _isInKernel = 0;
        return result;
    }

    private VcpuExit? Handle(ExitReason reason)
    {
        switch (reason)
        {
            case ExitReason.Io:
                _mustFinish = true;
                _exitPlace = _run->Port;
                _accesses.Port();
                return null;
            case ExitReason.Mmio:
                _mustFinish = true;
                _exitPlace = _accesses.Memory();
                return null;
            case ExitReason.MsrRead or ExitReason.MsrWrite:
                _mustFinish = true;
                _exitPlace = _run->MsrNumber;
                AccessMsr(reason == ExitReason.MsrWrite);
                return null;
            case ExitReason.Interrupted or ExitReason.InterruptWindow or ExitReason.SetPriority: return null;
            case ExitReason.Halt:
                _state.Pull();
                _cpu.Registers.Activity = Activity.Halted;
                return null;
            case ExitReason.Debug: return Stopped();
            case ExitReason.Shutdown: return ShutDown();
            case ExitReason.InternalError: return Fail(FailureReport.Describe(_run));
            case ExitReason.FailedEntry: return Fail($"the host's processor refuses to enter the guest (reason 0x{_run->HardwareReason:x})");
            case ExitReason.SystemEvent: return Fail($"the guest raised the system event {_run->EventKind}, which nothing on this machine serves");
            default: return Fail($"KVM left the guest for reason {(int)reason}, which nothing here serves");
        }
    }

    /// <summary>A model-specific register that the kernel does not have; those that the machine has not either are faults.</summary>
    private void AccessMsr(bool isWrite)
    {
        const uint Unknown = 2, FirstOfApic = 0x800, LastOfApic = 0x8ff;
        // What the kernel knows and refuses is a fault; but it refuses x2APIC's registers because it has no APIC.
        var isOurs = (_run->MsrReason & Unknown) != 0 || _run->MsrNumber is >= FirstOfApic and <= LastOfApic;
        var value = _run->MsrValue;
        var exists = isOurs && (isWrite ? _cpu.TryWriteMsr(_run->MsrNumber, value) : _cpu.TryReadMsr(_run->MsrNumber, out value));
        _run->MsrValue = value;
        _run->MsrFault = exists ? (byte)0 : (byte)1;
    }

    private VcpuExit Stopped()
    {
        const ulong SingleStep = 1 << 14;
        if ((_run->DebugStatus & SingleStep) != 0) return VcpuExit.SingleStep;
        WatchHit = _debug.FindHit(_run->DebugStatus);
        return VcpuExit.Breakpoint;
    }

    private VcpuExit? ShutDown()
    {
        _state.Pull();
        ref var state = ref _cpu.Registers;
        const ulong Paging = 1ul << 31;
        if (_backEnd == HostProcessor.SoftwareBackEnd && (state.Cr0 & Paging) != 0 && !_cpu.IsLongActive)
            return Fail("this host's KVM runs without the processor's help (PVM) and has no paging in 32 bits; use -accel tcg");
        _state.WasChanged();
        _cpu.WasShutDown();
        return _cpu.Failure is null ? null : VcpuExit.Failed;
    }

    /// <summary>Runs system management mode to its end, or until a stop is asked for; what is for the caller, if something is.</summary>
    private VcpuExit? Manage()
    {
        if (_management is null) return Fail("system management mode was entered, and nothing was given to this engine that runs it; use -accel tcg");
        _management.Forget();
        while (_cpu.IsInManagement && (_signal.Pending & Attention.Stop) == 0)
        {
            var exit = _management.Step();
            if (exit is VcpuExit.Failed or VcpuExit.Halted) return exit;
        }
        _ = _signal.EnterGuest(); // the other engine has left
        return null;
    }

    /// <summary>Looks at what other threads have asked for.</summary>
    private void Attend()
    {
        if (_signal.Pending == Attention.None) return;
        if (_cpu.IsToChange)
        {
            Finish();
            _state.Pull();
        }
        _cpu.HoldInterrupts = _holdsInterrupts;
        var events = _cpu.TakeEvents();
        _cpu.HoldInterrupts = false;
        if ((events & HostedEvents.StateChanged) != 0) _state.WasChanged();
        if ((events & HostedEvents.NonMaskable) != 0)
        {
            if (_state.IsHere) _cpu.Registers.Activity = Activity.Running;
            _state.Push();
            _file.Call(KvmCalls.NonMaskable);
        }
    }

    /// <summary>A processor that waits goes on for an interrupt that it takes; the state must be in the struct.</summary>
    private bool TryWake()
    {
        if (!_cpu.IsWaiting) return true;
        if (!_cpu.HasInterrupt || _holdsInterrupts) return false;
        _cpu.Registers.Activity = Activity.Running;
        return true;
    }

    /// <summary>
    /// Gives an interrupt that stands at the input to the guest, or asks to be told when that can be done. Never while an access is to take effect: the
    /// instruction may still fault, and of the two the kernel delivers the fault and forgets the interrupt.
    /// </summary>
    private void OfferInterrupt()
    {
        if (_cpu.HasInterruptAtInput && !_mustFinish && _run->TakesInterrupt != 0 && _cpu.InterruptController is { } controller)
        {
            uint vector = controller.Acknowledge();
            _file.Call(KvmCalls.Interrupt, &vector);
            _run->TakesInterrupt = 0;
        }
        _run->WantsInterruptWindow = _cpu.HasInterruptAtInput ? (byte)1 : (byte)0;
    }

    /// <summary>Has the guest's last access take effect, without running any more of it.</summary>
    private void Finish()
    {
        while (_mustFinish)
        {
            _run->ImmediateExit = 1;
            // An access that is not in one piece leads to further ones.
            if (EnterKernel() >= 0) _ = Handle((ExitReason)_run->Reason);
        }
    }

    /// <summary>Makes the kernel return, now if it runs the guest and else at its next entry. Any thread may call.</summary>
    private void Kick()
    {
        _run->ImmediateExit = 1;
        Interlocked.MemoryBarrier();
        if (_isInKernel != 0) ThreadInterruption.Interrupt(_thread);
    }

    private string Subject(ExitReason reason, ulong place) => reason switch
    {
        ExitReason.Io => string.Create(CultureInfo.InvariantCulture, $"{_cpu.Ports.Find((ushort)place)?.Name ?? "nothing"} 0x{place:x}"),
        ExitReason.Mmio => string.Create(CultureInfo.InvariantCulture, $"{(_cpu.FindOwnRegion(place) ?? _environment.Bus.Find(place))?.Name ?? "nothing"} 0x{place:x}"),
        ExitReason.MsrRead or ExitReason.MsrWrite => string.Create(CultureInfo.InvariantCulture, $"0x{place:x}"),
        _ => "",
    };
}
