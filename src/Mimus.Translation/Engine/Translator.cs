using Mimus.Core.Cpus;
using Mimus.Host;
using Mimus.Isa;
using Mimus.Translation.Evaluator;
using Mimus.Translation.Ir;
using Mimus.Translation.X64;

namespace Mimus.Translation.Engine;

/// <summary>Makes machine code of guest code, and keeps it: the code memory of one vCPU and what belongs to each piece of code.</summary>
internal sealed unsafe class Translator : IDisposable
{
    private const long MostWritten = 2 << 20;

    private readonly EmulatedCpu _cpu;
    private readonly VcpuEnvironment _environment;
    private readonly IFrontEnd _frontEnd;
    private readonly CodeMemory _memory;
    private readonly CodeThunks _thunks;
    private readonly RegionCompiler _compiler;
    private readonly UnitRecorder _recorder;
    private readonly Gates _gates;
    private readonly byte* _firstCode;
    private readonly nint _toExecutable;
    private readonly CodeRecords _records = new();
    private readonly TranslatorStatistics _statistics;
    private readonly PerfMap? _perfMap;
    private byte* _position, _written;

    public Translator(EmulatedCpu cpu, VcpuEnvironment environment, IFrontEnd frontEnd, long codeBytes,
        delegate* unmanaged<CallFrame*, nint, byte*, nint> callout, TranslatorStatistics statistics, PerfMap? perfMap)
    {
        _statistics = statistics;
        _perfMap = perfMap;
        _cpu = cpu;
        _environment = environment;
        _frontEnd = frontEnd;
        _memory = new CodeMemory((nuint)codeBytes);
        _toExecutable = (nint)(_memory.Executable - _memory.Writable);
        _thunks = new CodeThunks(_memory.Writable, callout, frontEnd.HasFloatControl, out _firstCode);
        _position = _written = _firstCode;
        perfMap?.Add(_memory.Executable, _firstCode - _memory.Writable, "guest ways in and out");
        _recorder = new UnitRecorder(cpu, environment, frontEnd);
        _gates = new Gates(frontEnd.Code, _records, _thunks);
        _compiler = new RegionCompiler(_thunks,
            new CompilerSettings(cpu.FloatFlagsSlot, environment.Memory.Reservations.IsShared, frontEnd.HasReservations, environment.CountsInstructions, cpu.Time?.Source), _records);
    }

    /// <summary>The way into emitted code, where it can be run.</summary>
    public delegate* unmanaged<byte*, void*, void> Enter => (delegate* unmanaged<byte*, void*, void>)(_thunks.Enter + _toExecutable);

    public CodeRecords Records => _records;

    /// <summary>What the numbers of helpers mean.</summary>
    public IrUnit Helpers => _recorder.Unit;

    /// <summary>Compiles the block at an address, or the region that begins there; null where that cannot be compiled.</summary>
    public void* Compile(ulong pc, CompilablePage page, bool isRegion)
    {
        var began = TranslatorStatistics.Now;
        if (!_recorder.TryRecord(pc, page, isRegion)) return null;
        var unit = _recorder.Unit;
        IrVerifier.Assert(unit);
        var needed = RegionCompiler.MaximumBytes(unit);
        if (_position + needed > _memory.Writable + _memory.Length)
        {
            Clear();
            if (_position + needed > _memory.Writable + _memory.Length) return null;
        }
        // Code that was dropped while it ran needed its sites to its end.
        if (_position == _firstCode)
        {
            _records.Clear();
            _gates.Clear();
        }
        var old = isRegion && page.Compiled is { } compiled ? (byte*)compiled.Find(pc) : null;
        var firstExit = _records.Exits.Count;
        var start = _compiler.Compile(unit, _position, countsEntries: !isRegion, out var end);
        _gates.Add(firstExit, _recorder);
        _position = (byte*)(((nuint)end + 63) & ~(nuint)63);
        ReleaseWritten();
        var executable = start + _toExecutable;
        _statistics.CountCompiled(unit, isRegion, end - start, began);
        TranslationListing.Write(_environment.Log, _cpu, _frontEnd, _recorder, new ReadOnlySpan<byte>(executable, (int)(end - start)), (ulong)executable);
        _perfMap?.Add(executable, end - start, $"guest 0x{pc:x} {(isRegion ? "region" : "block")}");
        (page.Compiled ??= new CompiledPage(pc)).Add(pc, (nint)executable);
        // Whoever jumps to the old code is sent on.
        if (old != null) new Assembler(old - _toExecutable).Jump(start);
        return executable;
    }

    /// <summary>Bytes of code memory that have something in them, and all.</summary>
    public (long Used, long All) CodeBytes => (_position - _memory.Writable, (long)_memory.Length);

    /// <summary>Whether an exit, once linked, needs no look at the jump table any more.</summary>
    public bool IsOnSamePage(int exit) => _records.Exits[exit].SamePage;

    /// <summary>Makes an exit lead straight to code, where there is some.</summary>
    public void Link(int exit, ulong pc, void* code, int epoch)
    {
        ref var link = ref _records.Exits[exit];
        if (link.IsGate) _gates.Open(exit, epoch);
        if (link.IsGate || link.Target != pc || code == null) return;
        _statistics.Linked++;
        var target = (byte*)code - _toExecutable;
        Assembler.Patch(link.Field, target);
        if (link.EpochField == null) return;
        *(int*)link.EpochField = epoch;
        Assembler.Patch(link.Stub, _thunks.ProbeAndLink);
    }

    /// <summary>After some megabytes of new code, and of old code that was linked meanwhile.</summary>
    private void ReleaseWritten()
    {
        if (_position - _written < MostWritten) return;
        _memory.ReleaseWritten();
        _written = _position;
    }

    /// <summary>Drops all code.</summary>
    public void Clear()
    {
        _position = _written = _firstCode;
        _statistics.Flushes++;
        _frontEnd.Code.DropCompiled();
        Cleared?.Invoke();
    }

    /// <summary>All code was dropped.</summary>
    public event Action? Cleared;

    public void Dispose()
    {
        _memory.Dispose();
        _records.Dispose();
    }
}
