using System.Collections.Concurrent;
using Mimus.Boards;
using Mimus.Core.Cpus;
using Mimus.Core.Devices;
using Mimus.Core.Memory;
using Mimus.Core.Timing;
using Mimus.Running;
using Mimus.Snapshots;
using Mimus.Translation;

namespace Mimus;

/// <summary>
/// A virtual machine: the built hardware, an engine with one thread for each vCPU (or one for all, where time is counted), and
/// the main event loop on a thread of its own. All methods may be called from any thread but a vCPU's.
/// </summary>
public sealed class Vm : IMachineControl, IDisposable
{
    private readonly VmOptions _options;
    private readonly EventLoop _loop;
    private readonly Thread _loopThread;
    private readonly IAccelerator _accelerator;
    private readonly IReadOnlyList<IVcpu> _vcpus;
    private readonly IReadOnlyList<GuestThread> _threads;
    private readonly TurnThread? _turnThread;
    private readonly ConcurrentQueue<VmStop> _stops = new(); // of vCPUs that have stopped and of which nobody was told yet
    private IReadOnlyCollection<int>? _active; // the vCPUs that run while the machine runs; null for all
    private readonly Lock _saving = new(); // outermost: held while a running machine is saved
    private readonly Lock _lifecycle = new(); // taken before any device's lock
    private readonly TaskCompletionSource<int> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _endRequested, _disposed;
    private bool _isReleased; // the memory is gone; under the life cycle's lock
    private int _requests; // of the guest, that are still to be carried out

    private Vm(MachineConfiguration configuration, IReadOnlyList<IBoard> boards, VmOptions options)
    {
        _options = options;
        var time = options.CountedTime is { } counted ? new InstructionTime(counted.Shift) : null;
        _loop = new EventLoop(new VirtualClock(time));
        var board = BoardCatalog.Find(configuration.Board, boards);
        if (configuration.Cpus < 1 || configuration.Cpus > board.MaximumCpus)
            throw new ConfigurationException($"machine '{board.Name}' can have 1 to {board.MaximumCpus} processors, not {configuration.Cpus}");
        if (configuration.MemoryBytes < MinimumMemory)
            throw new ConfigurationException($"a machine needs at least {MinimumMemory >> 20} MiB of memory; ask for more with -m");
        var entropy = configuration.Entropy ?? (time is null ? SystemEntropy.Instance : new SeededEntropy(0));
        var builder = new BoardBuilder(_loop.Clock, this, entropy, options.Log);
        if (entropy is IDevice repeatable) builder.Add(repeatable);
        var turns = time is null ? null : builder.Add(new CpuTurns(configuration.Cpus));
        Machine = board.Build(builder, configuration);
        time?.CountOn(Machine.Cpus);
        _accelerator = options.Accelerator?.Invoke() ?? Engines.Create(Engines.Names[0]);
        var environment = new VcpuEnvironment(Machine.Bus, Machine.Memory, Debug, options.Log) { CountsInstructions = time is not null };
        _vcpus = [.. Machine.Cpus.Select(cpu => _accelerator.CreateVcpu(cpu, environment))];
        if (turns is not null) _turnThread = new TurnThread(this, _vcpus, turns, options.CountedTime!);
        _threads = _turnThread is null ? [.. _vcpus.Select(vcpu => new VcpuThread(this, vcpu))] : [_turnThread];
        _loopThread = new Thread(_loop.Run) { IsBackground = true, Name = "main loop" };
        _loopThread.Start();
    }

    /// <summary>The smallest machine that makes sense.</summary>
    public const ulong MinimumMemory = 1ul << 20;

    public Machine Machine { get; }

    public EventLoop Loop => _loop;

    public DebugPoints Debug { get; } = new();

    public VmState State { get; private set; } = VmState.Created;

    public string AcceleratorName => _accelerator.Name;

    /// <summary>Ends with the exit status when the machine has stopped for good.</summary>
    public Task<int> Ended => _ended.Task;

    /// <summary>
    /// A vCPU stopped at a debug point or failed; the machine is paused. Called by the thread that brought the machine to rest,
    /// before any other can let it run again; it must not wait for another thread.
    /// </summary>
    public event Action<VmStop>? VcpuStopped;

    /// <summary>The machine went from one state to another. Called with the machine at rest or just started.</summary>
    public event Action<VmState>? StateChanged;

    /// <summary>Builds a machine; what is wrong with the configuration is a <see cref="ConfigurationException"/>.</summary>
    public static Vm Create(MachineConfiguration configuration, IReadOnlyList<IBoard> boards, VmOptions? options = null) =>
        new(configuration, boards, options ?? new VmOptions());

    /// <summary>Starts or resumes; with a list of vCPUs, only those run until the next resumption.</summary>
    public void Resume(IReadOnlyCollection<int>? cpus = null)
    {
        lock (_lifecycle)
        {
            if (State is VmState.Running or VmState.Stopped) return;
            _active = cpus;
            ChangeState(VmState.Running);
            Go();
        }
    }

    /// <summary>Brings all vCPUs to rest between two instructions, and all device work to its end.</summary>
    public void Pause()
    {
        lock (_lifecycle)
        {
            if (State != VmState.Running) return;
            Rest();
            ChangeState(VmState.Paused);
            TellStops();
        }
    }

    /// <summary>Back to the state at power-on; goes on running when it was.</summary>
    public void Reset()
    {
        lock (_lifecycle)
        {
            if (State == VmState.Stopped) return;
            WhileResting(() =>
            {
                Machine.Reset();
                ForgetCode();
            });
        }
    }

    /// <summary>How many instructions the machine has executed, where time is counted in them.</summary>
    public ulong Instructions => Machine.Clock.Instructions?.Instructions ?? throw NotCounted();

    /// <summary>
    /// Where time is counted, brings the machine to rest when it has executed so many instructions: <see cref="VcpuStopped"/> says
    /// <see cref="VcpuExit.Counted"/>. Set while it rests.
    /// </summary>
    public void StopAt(ulong instructions) => (_turnThread ?? throw NotCounted()).StopAt = instructions;

    /// <summary>
    /// Runs one instruction of one vCPU of a paused machine; others may run until it is done, unless they run in turns.
    /// </summary>
    public VmStop Step(int cpuIndex, StepOptions options = StepOptions.None, IReadOnlyCollection<int>? others = null)
    {
        lock (_lifecycle)
        {
            if (State is VmState.Running or VmState.Stopped) throw new InvalidOperationException("only a paused machine can be stepped");
            var exit = _turnThread is not null ? _turnThread.Step(cpuIndex, options) : StepAmong(cpuIndex, options, others ?? []);
            TellStops();
            return new VmStop(cpuIndex, exit, exit == VcpuExit.Breakpoint ? _vcpus[cpuIndex].WatchHit : null);
        }
    }

    /// <summary>What the engine counted for a vCPU; null where it counts nothing. The machine must rest.</summary>
    public IReadOnlyList<EngineNumber>? EngineNumbers(int cpuIndex) => (_vcpus[cpuIndex] as IEngineStatistics)?.Numbers;

    /// <summary>Why a vCPU left guest code and how often; null where its engine never does. The machine must rest.</summary>
    public IReadOnlyList<ExitCount>? Exits(int cpuIndex) => (_vcpus[cpuIndex] as IExitStatistics)?.Exits;

    /// <summary>Makes changes that vCPUs must not see halfway, such as to memory, registers or debug points.</summary>
    public void WhileResting(Action change)
    {
        lock (_lifecycle)
        {
            ObjectDisposedException.ThrowIf(_isReleased, this);
            if (State != VmState.Running)
            {
                change();
                return;
            }
            Rest();
            try
            {
                change();
            }
            finally
            {
                if (_stops.IsEmpty) Go();
                else
                {
                    ChangeState(VmState.Paused);
                    TellStops();
                }
            }
        }
    }

    /// <summary>Makes the engine look at guest memory, registers and debug points anew. The machine must rest.</summary>
    public void ForgetCode()
    {
        foreach (var vcpu in _vcpus) vcpu.Forget();
    }

    /// <summary>
    /// Saves the whole machine. A running one goes on meanwhile and rests only for a moment, of which the snapshot is. It rests all the
    /// time when the main loop's thread saves it, without which it could not go on, or one that holds it at rest; and where time is counted,
    /// so that saving leaves no trace in it.
    /// </summary>
    public void Save(Stream destination)
    {
        if (State != VmState.Running || _turnThread is not null || _lifecycle.IsHeldByCurrentThread || _loop.IsCurrentThread)
        {
            WhileResting(() => SnapshotFile.Save(Machine, destination));
            return;
        }
        lock (_saving)
        {
            ObjectDisposedException.ThrowIf(_disposed != 0, this);
            RunningSnapshot.Save(Machine, WhileResting, destination);
        }
    }

    /// <summary>Replaces the machine's state by a saved one of a machine like it; a damaged file leaves the machine as it was.</summary>
    public void Load(Stream source) => WhileResting(() =>
    {
        SnapshotFile.Load(Machine, source);
        ForgetCode();
    });

    public void RequestPowerOff(int status) => Request(() =>
    {
        if (_options.PauseOnPowerOff) Pause();
        else End(status);
    });

    public void RequestReset() => Request(() =>
    {
        if (_options.StopOnReset) End(0);
        else Reset();
    });

    /// <summary>Switches the machine off from outside.</summary>
    public void End(int status)
    {
        if (Interlocked.Exchange(ref _endRequested, 1) != 0) return;
        lock (_lifecycle)
        {
            if (State == VmState.Running) Rest();
            foreach (var thread in _threads) thread.Dispose();
            ChangeState(VmState.Stopped);
        }
        _ended.SetResult(status);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        End(0);
        _loop.Stop();
        if (Thread.CurrentThread != _loopThread) _loopThread.Join();
        _loop.Dispose();
        lock (_saving)
        {
            // Whoever looks at the machine at rest holds this, too.
            lock (_lifecycle)
            {
                _isReleased = true;
                _accelerator.Dispose();
                Machine.Dispose();
            }
        }
    }

    internal void OnVcpuStop(VmStop stop)
    {
        _stops.Enqueue(stop);
        // Who brought the machine to rest meanwhile has told of the stop already, and it may run again.
        _loop.Post(() =>
        {
            if (!_stops.IsEmpty) Pause();
        });
    }

    /// <summary>Runs guest code of a vCPU; false when its engine has thrown, which stops the machine.</summary>
    internal bool TryRun(IVcpu vcpu, out VcpuExit exit)
    {
        try
        {
            exit = vcpu.Run();
            return true;
        }
#pragma warning disable CA1031 // whatever went wrong inside the engine is this vCPU's failure and is reported as such
        catch (Exception e)
        {
            Failure = e;
            exit = VcpuExit.Failed;
            OnVcpuStop(new VmStop(vcpu.Cpu.Index, exit, null));
            return false;
        }
#pragma warning restore CA1031
    }

    /// <summary>What went wrong inside an engine, when a vCPU stopped with that.</summary>
    public Exception? Failure { get; private set; }

    private void Go()
    {
        _loop.Clock.Resume();
        if (Volatile.Read(ref _requests) != 0) return;
        foreach (var thread in _threads) thread.Go(_active);
    }

    private VcpuExit StepAmong(int cpuIndex, StepOptions options, IReadOnlyCollection<int> others)
    {
        _active = [.. others.Where(i => i != cpuIndex)];
        if (_active.Count > 0 || (options & StepOptions.HoldTime) == 0) Go();
        var exit = _vcpus[cpuIndex].Step(options);
        Rest();
        return exit;
    }

    /// <summary>What a guest asks of the whole machine is done by the loop's thread. Until then vCPUs come to rest and begin nothing more.</summary>
    private void Request(Action action)
    {
        Interlocked.Increment(ref _requests);
        foreach (var thread in _threads) thread.AskToPark();
        _loop.Post(() =>
        {
            lock (_lifecycle) // nobody lets the machine run between the two
            {
                Interlocked.Decrement(ref _requests);
                action();
            }
        });
    }

    private static InvalidOperationException NotCounted() => new("the machine's time is not counted in instructions");

    /// <summary>The last act of coming to rest: all vCPUs have parked, so none of their stops is told late.</summary>
    private void TellStops()
    {
        while (_stops.TryDequeue(out var stop)) VcpuStopped?.Invoke(stop);
    }

    private void Rest()
    {
        foreach (var thread in _threads) thread.AskToPark();
        foreach (var thread in _threads) thread.WaitParked();
        _loop.Clock.Pause();
        Machine.Drain();
    }

    private void ChangeState(VmState state)
    {
        State = state;
        StateChanged?.Invoke(state);
    }
}
