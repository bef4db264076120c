using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Mimus.Core.Cpus;
using Mimus.Core.Memory;
using Mimus.Host;
using Mimus.Isa;
using Mimus.Isa.FloatingPoint;
using Mimus.Translation.Evaluator;
using Mimus.Translation.X64;

namespace Mimus.Translation.Engine;

/// <summary>A vCPU whose guest code runs as machine code where it is met often, and is interpreted where it is not.</summary>
internal sealed unsafe partial class TranslatorVcpu : SiteServer, IVcpu, ITranslationCaches, IEngineStatistics
{
    private const uint DefaultControl = 0x1f80;

    /// <summary>Instead of an exit's number: there is none, or it was an indirect jump.</summary>
    private const int NoExit = -1, IndirectExit = -2;

    private readonly EmulatedCpu _cpu;
    private readonly VcpuSignal _signal;
    private readonly int* _attention;
    private readonly TranslatorOptions _options;
    private readonly DataPath _data;
    private readonly IFrontEnd _frontEnd;
    private readonly ICodePath _code;
    private readonly IInterpreter _interpreter;
    private readonly JumpTables _jumps;
    private readonly SharedCode _shared;
    private readonly VcpuEnvironment _environment;
    private readonly byte* _engine;
    private readonly GCHandle _handle;
    private readonly TranslatorStatistics _statistics = new();
    private readonly PerfMap? _perfMap;
    private Translator? _translator;
    private int _clears, _clearsOnEntry;
    private bool _metDebugPoint, _interpretNext;
    private ExceptionDispatchInfo? _failure;
    private ulong _inFlight;

    public TranslatorVcpu(EmulatedCpu cpu, VcpuEnvironment environment, TranslatorOptions options, PerfMap? perfMap, Func<DataPath, IFrontEnd> frontEnd)
    {
        _perfMap = perfMap;
        _cpu = cpu;
        _environment = environment;
        _options = options;
        _signal = cpu.Signal;
        _attention = cpu.Signal.Word;
        _data = new DataPath(cpu, environment);
        _frontEnd = frontEnd(_data);
        _code = _frontEnd.Code;
        _interpreter = _frontEnd.Interpreter;
        _engine = (byte*)cpu.Slots + HostLayout.StateBias;
        _jumps = new JumpTables(_engine);
        _shared = new SharedCode(_engine);
        _code.Mappings.Renumbered += _shared.ForgetPages;
        _code.Changed += () =>
        {
            _clears++;
            _jumps.Flush(0, TranslationBuffer.ContextCount);
        };
        _handle = GCHandle.Alloc(this);
        environment.Memory.Reservations.Register(cpu.Index);
        environment.Memory.Writers.Register(cpu.Signal.ForgetWrites);
        cpu.Caches = this;
        *(nint*)(_engine + HostLayout.Owner) = GCHandle.ToIntPtr(_handle);
        *(uint*)(_engine + HostLayout.GuestControl) = *(uint*)(_engine + HostLayout.HostControl) = DefaultControl;
        *(byte**)(_engine + HostLayout.ReservationMarks) = environment.Memory.Reservations.Marks;
        new Span<int>(_engine + HostLayout.Heat, HostLayout.HeatCount).SetAll(Math.Min(options.RegionThreshold, int.MaxValue / 2));
    }

    public ulong InstructionsInFlight => _inFlight != 0 ? _inFlight : _interpreter.InstructionsInFlight;

    public GuestCpu Cpu => _cpu;

    public string? Failure => _cpu.Failure;

    public WatchHit? WatchHit => _interpreter.WatchHit;

    public IReadOnlyList<EngineNumber> Numbers
    {
        get
        {
            var (used, all) = _translator?.CodeBytes ?? (0, _options.CodeBytes);
            return _statistics.Read(used, all, _interpreter.Retired, _translator?.Helpers);
        }
    }

    private Translator Translator => _translator ??= CreateTranslator();

    public VcpuExit Run()
    {
        using var running = _signal.EnterGuest();
        return RunGuest();
    }

    public VcpuExit Step(StepOptions options = StepOptions.None)
    {
        using var running = _signal.EnterGuest();
        var exit = _interpreter.Step(options);
        return _cpu.Failure is null ? exit : VcpuExit.Failed;
    }

    public void Forget()
    {
        FlushTranslations();
        ForgetCode();
    }

    public void FlushTranslations()
    {
        _data.Translations.Flush();
        FlushCodeMappings();
    }

    public void RenewTranslations()
    {
        _data.Renew();
        var context = _cpu.FetchContext;
        if (!_code.IsAsBefore(context))
        {
            FlushCodeMappings();
            return;
        }
        FlushCodeMappings(0, context);
        FlushCodeMappings(context + 1, int.MaxValue);
    }

    public void FlushContexts(int first, int count)
    {
        _data.Translations.FlushContexts(first, count);
        FlushCodeMappings(first, count);
    }

    public void FlushLocal(int first, int count)
    {
        _data.Translations.FlushLocal(first, count);
        // What all address spaces share stays as it is, and so do the links of its code.
        var end = ContextSet.EndOf(first, count);
        for (var context = _code.Mappings.NextLocal(first); context < end; context = _code.Mappings.NextLocal(context + 1)) FlushCodeMappings(context, 1);
    }

    public void FlushPage(ulong address, int first, int count)
    {
        _data.Translations.FlushPage(address, first, count);
        var end = ContextSet.EndOf(first, count);
        for (var context = _code.Mappings.NextThatFetched(address, first); context < end; context = _code.Mappings.NextThatFetched(address, context + 1)) FlushCodeMappings(context, 1);
    }

    public void FlushWrites() => _data.Translations.FlushWrites();

    public void FlushCode()
    {
        if (!_code.FlushCode()) return;
        _jumps.Flush(0, TranslationBuffer.ContextCount);
        _shared.Flush();
    }

    public void ForgetCode()
    {
        _translator?.Clear();
        _code.Forget();
        FlushCodeMappings();
    }

    public bool HasCode(byte* page) => _code.HasCode(page);

    public void StoredTo(byte* host, int size) => _code.StoredTo(host, size);

    public void Dispose()
    {
        _data.Translations.Dispose();
        _jumps.Dispose();
        _shared.Dispose();
        _frontEnd.Dispose();
        _translator?.Dispose();
        if (_handle.IsAllocated) _handle.Free();
    }

    /// <summary>Made when it is first needed: a vCPU that never runs hot code needs none.</summary>
    private Translator CreateTranslator()
    {
        var translator = new Translator(_cpu, _environment, _frontEnd, _options.CodeBytes, &SiteCalls.Serve, _statistics, _perfMap);
        translator.Cleared += () =>
        {
            _clears++;
            _jumps.Flush(0, TranslationBuffer.ContextCount);
            _shared.Flush();
        };
        _code.Mappings.Renumbered += translator.Clear;
        // All vCPUs are registered by now.
        *(nuint**)(_engine + HostLayout.ReservedGranule) = _environment.Memory.Reservations.GranuleOf(_cpu.Index);
        return translator;
    }

    private void FlushCodeMappings()
    {
        _code.Mappings.Flush();
        _jumps.Flush(0, TranslationBuffer.ContextCount);
    }

    private void FlushCodeMappings(int first, int count)
    {
        _code.Mappings.Flush(first, count);
        _jumps.Flush(first, count);
    }

    private VcpuExit RunGuest()
    {
        var exit = NoExit;
        while (true)
        {
            if (_interpreter.HasReachedLimit) return VcpuExit.Counted;
            // What comes after an instruction that must run alone waits for it.
            if (*_attention != 0 && (!_cpu.MustStep || (_signal.Pending & ~Attention.Interrupts) != 0))
            {
                if (!_cpu.TryAttend()) return VcpuExit.Kicked;
                exit = NoExit;
                continue;
            }
            if (_cpu.Failure is not null) return VcpuExit.Failed;
            if (_cpu.IsWaiting) return VcpuExit.Halted;
            var pc = _cpu.ProgramCounter;
            var stopped = false;
            if (_frontEnd.MustInterpret)
            {
                exit = NoExit;
                stopped = _interpreter.Run(1);
            }
            else if (TryFindCode(pc, ref exit, out var code))
            {
                if (exit >= 0) Translator.Link(exit, pc, code, *(int*)(_engine + HostLayout.Epoch));
                if (code == null)
                {
                    exit = NoExit;
                    stopped = _interpreter.Run(Math.Max(1, _options.BlockThreshold));
                }
                else
                {
                    exit = RunCode(code, ref stopped);
                }
            }
            if (_cpu.WaitRequested)
            {
                _cpu.WaitRequested = false;
                if (!_cpu.HasWork) return VcpuExit.Halted;
            }
            if (stopped) return VcpuExit.Breakpoint;
        }
    }

    /// <summary>The code of an address under the current mapping, null where there is none; false when fetching there trapped.</summary>
    private bool TryFindCode(ulong pc, ref int exit, out void* code)
    {
        var context = _cpu.FetchContext;
        var clears = _clears;
        SelectTranslations(_cpu.DataContext);
        _jumps.Select(context);
        code = _jumps.Find(pc);
        if (code == null)
        {
            if (_code.Find(pc) is not { } page)
            {
                _cpu.TakeTrap(pc);
                return false;
            }
            if (_code.IsCompilable)
            {
                if (exit == IndirectExit) page.MarkJumpedTo(pc);
                code = page.Compiled is { } compiled ? (void*)compiled.Find(pc) : null;
                if (code == null && page.Warm(pc) >= _options.BlockThreshold) code = Translator.Compile(pc, page, isRegion: _options.RegionThreshold == 0);
                if (_clears != clears) exit = NoExit; // its code is gone
                _shared.AddPage(pc, _code.Mappings[context], page.Identity);
                // What is reached by a link alone would only be in the way of others.
                if (code != null && !(exit >= 0 && Translator.IsOnSamePage(exit)))
                {
                    _jumps.Insert(pc, code);
                    _shared.Add(pc, page.Identity, code);
                }
            }
        }
        ShowContext(context);
        return true;
    }

    /// <summary>Emitted code is about to run in a context whose code has been selected.</summary>
    private void ShowContext(int context)
    {
        var epoch = _code.Mappings[context];
        *(int*)(_engine + HostLayout.Epoch) = epoch;
        var data = _cpu.DataContext;
        SelectTranslations(data);
        if (data == context) _jumps.Open(_data.Translations.Reads, epoch);
    }

    /// <summary>Takes note of where emitted code has gone by itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void FollowContext()
    {
        if (_jumps.TryFollow(out var context)) _data.Translations.Select(context);
    }

    private void SelectTranslations(int context)
    {
        _data.Translations.Select(context);
        *(TranslationEntry**)(_engine + HostLayout.CurrentTranslations) = _data.Translations.Reads;
    }

    /// <summary>Runs code until it leaves; the result is the exit that led out and may be linked, or <see cref="IndirectExit"/> or none.</summary>
    private int RunCode(void* code, ref bool stopped)
    {
        _clearsOnEntry = _clears;
        FoldFloatFlags();
        _data.RunningCode = _code;
        if (_environment.CountsInstructions) EnterCounted(code);
        else Translator.Enter((byte*)_cpu.Slots, code);
        FollowContext();
        _data.RunningCode = null;
        _inFlight = 0;
        _cpu.AddRetired(*(ulong*)(_engine + HostLayout.RetiredOnLeave));
        FoldFloatFlags();
        var reason = *(LeaveReason*)(_engine + HostLayout.Reason);
        _statistics.CountRun(reason, *(int*)(_engine + HostLayout.Exit), *_attention != 0, _metDebugPoint, _interpretNext, *(ulong*)(_engine + HostLayout.RetiredOnLeave));
        if (reason == LeaveReason.Done)
        {
            if (_failure is { } failure)
            {
                _failure = null;
                failure.Throw();
            }
            if (_metDebugPoint) stopped = _interpreter.StopAtDebugPoint();
            else if (_interpretNext) stopped = _interpreter.Run(1);
            _metDebugPoint = _interpretNext = false;
            return NoExit;
        }
        _cpu.ProgramCounter = *(ulong*)(_engine + HostLayout.NextPc);
        if (reason == LeaveReason.Hot)
        {
            CompileRegion(_cpu.ProgramCounter);
            return NoExit;
        }
        if (reason == LeaveReason.Limit)
        {
            // What may still run, if anything, is less than the block.
            if (!_interpreter.HasReachedLimit) stopped = _interpreter.Run(int.MaxValue);
            return NoExit;
        }
        var exit = *(int*)(_engine + HostLayout.Exit);
        return exit >= 0 ? exit : IndirectExit;
    }

    private void EnterCounted(void* code)
    {
        *(ulong*)(_engine + HostLayout.InstructionLimit) = _cpu.ExecutionLimit - _cpu.Executed;
        _data.DefersDevices = true;
        Translator.Enter((byte*)_cpu.Slots, code);
        _data.DefersDevices = false;
    }

    private void CompileRegion(ulong pc)
    {
        *(int*)(_engine + RegionCompiler.HeatOffset(pc)) = int.MaxValue / 2;
        if (_code.Find(pc) is not { } page || !_code.IsCompilable)
        {
            if (_cpu.TrapPending) _cpu.TakeTrap(pc);
            return;
        }
        var code = Translator.Compile(pc, page, isRegion: true);
        if (code == null) return;
        _jumps.Insert(pc, code);
        _shared.Add(pc, page.Identity, code);
    }

    private void FoldFloatFlags() => _frontEnd.FoldFloatFlags(ref *(uint*)(_engine + HostLayout.GuestControl));
}
