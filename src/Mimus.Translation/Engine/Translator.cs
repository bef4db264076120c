using System.Runtime.InteropServices;
using Mimus.Core.Cpus;
using Mimus.Host;
using Mimus.Isa;
using Mimus.Translation.Evaluator;
using Mimus.Translation.Ir;
using Mimus.Translation.X64;

namespace Mimus.Translation.Engine;

/// <summary>Makes machine code of guest code, and keeps it: the code memory of one vCPU and what belongs to each piece of code.</summary>
internal sealed unsafe class Translator<TIsa> : IDisposable where TIsa : struct, ITranslatedIsa
{
    private const int PageSize = 4096;
    private const long MostWritten = 2 << 20;
    private const int MaximumBlockInstructions = 128;
    private const int MaximumRegionBlocks = 48;
    private const int MaximumHopBlocks = 24;
    private const ulong LongestHop = 32;
    private const ulong FarthestJump = 1024;
    private const ulong NoAddress = ulong.MaxValue;

    private readonly EmulatedCpu _cpu;
    private readonly VcpuEnvironment _environment;
    private readonly CodePath<TIsa> _code;
    private readonly CodeMemory _memory;
    private readonly CodeThunks _thunks;
    private readonly RegionCompiler _compiler;
    private readonly IrUnit _unit = new();
    private readonly BlockMemory _blockMemory = new();
    private readonly byte* _firstCode;
    private readonly nint _toExecutable;
    private readonly CodeRecords _records = new();
    private readonly List<ulong> _open = [];
    private readonly TranslatorStatistics _statistics;
    private readonly PerfMap? _perfMap;
    private byte* _position, _written;

    public Translator(EmulatedCpu cpu, VcpuEnvironment environment, CodePath<TIsa> code, long codeBytes,
        delegate* unmanaged<CallFrame*, nint, byte*, nint> callout, TranslatorStatistics statistics, PerfMap? perfMap)
    {
        _statistics = statistics;
        _perfMap = perfMap;
        _cpu = cpu;
        _environment = environment;
        _code = code;
        _memory = new CodeMemory((nuint)codeBytes);
        _toExecutable = (nint)(_memory.Executable - _memory.Writable);
        _thunks = new CodeThunks(_memory.Writable, callout, out _firstCode);
        _position = _written = _firstCode;
        perfMap?.Add(_memory.Executable, _firstCode - _memory.Writable, "guest ways in and out");
        _compiler = new RegionCompiler(_thunks,
            new CompilerSettings(cpu.FloatFlagsSlot, environment.Memory.Reservations.IsShared, environment.CountsInstructions), _records);
    }

    /// <summary>The way into emitted code, where it can be run.</summary>
    public delegate* unmanaged<byte*, void*, void> Enter => (delegate* unmanaged<byte*, void*, void>)(_thunks.Enter + _toExecutable);

    public CodeRecords Records => _records;

    /// <summary>What the numbers of helpers mean.</summary>
    public IrUnit Helpers => _unit;

    /// <summary>Compiles the block at an address, or what can be reached from it without leaving its page; null where that cannot be compiled.</summary>
    public void* Compile(ulong pc, CodePage page, bool isRegion)
    {
        var began = TranslatorStatistics.Now;
        _unit.Clear();
        if (!TryRecordBlock(pc, page)) return null;
        if (isRegion) RecordRegion(page);
        else RecordHops(page);
        IrVerifier.Assert(_unit);
        var needed = RegionCompiler.MaximumBytes(_unit);
        if (_position + needed > _memory.Writable + _memory.Length)
        {
            Clear();
            if (_position + needed > _memory.Writable + _memory.Length) return null;
        }
        // Code that was dropped while it ran needed its sites to its end.
        if (_position == _firstCode) _records.Clear();
        var old = isRegion && page.Compiled is { } compiled ? (byte*)compiled.Find(pc) : null;
        var start = _compiler.Compile(_unit, _position, countsEntries: !isRegion, out var end);
        _position = (byte*)(((nuint)end + 63) & ~(nuint)63);
        ReleaseWritten();
        var executable = start + _toExecutable;
        _statistics.CountCompiled(_unit, isRegion, end - start, began);
        TranslationListing.Write<TIsa>(_environment.Log, _cpu, _unit, page, new ReadOnlySpan<byte>(executable, (int)(end - start)), (ulong)executable);
        _perfMap?.Add(executable, end - start, $"guest 0x{pc:x} {(isRegion ? "region" : "block")}");
        (page.Compiled ??= new CompiledPage(pc)).Add(pc, (nint)executable);
        // Whoever jumps to the old code is sent on.
        if (old != null) new Assembler(old - _toExecutable).Jump(start);
        return executable;
    }

    /// <summary>Bytes of code memory that have something in them, and all.</summary>
    public (long Used, long All) CodeBytes => (_position - _memory.Writable, (long)_memory.Length);

    /// <summary>Whether an exit, once linked, needs no look at the jump cache any more.</summary>
    public bool IsOnSamePage(int exit) => _records.Exits[exit].SamePage;

    /// <summary>Makes an exit lead straight to code.</summary>
    public void Link(int exit, ulong pc, void* code, int epoch)
    {
        ref var link = ref _records.Exits[exit];
        if (link.Target != pc) return;
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
        _code.DropCompiled();
        Cleared?.Invoke();
    }

    /// <summary>All code was dropped.</summary>
    public event Action? Cleared;

    public void Dispose()
    {
        _memory.Dispose();
        _records.Dispose();
    }

    /// <summary>Records a block up to its end, or up to an address where another one begins.</summary>
    private bool TryRecordBlock(ulong pc, CodePage page, ulong end = NoAddress)
    {
        var builder = new IrBuilder(_unit, _blockMemory, TIsa.SpecialSlots);
        builder.BeginBlock(pc);
        var index = (int)(pc & (PageSize - 1)) >> 1;
        var recorded = 0;
        while (!builder.HasEnded && index < PageSize / 2 && recorded < MaximumBlockInstructions && _unit.HasRoom)
        {
            var first = page.HalfAt(index);
            var length = TIsa.Length(first);
            var at = (pc & ~(ulong)(PageSize - 1)) + (2 * (ulong)index);
            if (at == end || (length == 4 && index == (PageSize / 2) - 1)) break;
            if (_environment.Debug.HasPageOffset(at) || _cpu.MayTrigger(at)) break;
            var word = length == 2 ? first : first | ((uint)page.HalfAt(index + 1) << 16);
            builder.BeginInstruction(at, length);
            TIsa.Record(_cpu, word, length, ref builder);
            recorded++;
            index += length / 2;
        }
        if (recorded == 0) return false;
        builder.EndBlock((pc & ~(ulong)(PageSize - 1)) + (2 * (ulong)index));
        return true;
    }

    /// <summary>Adds what short branches forward jump over, and where they come out again: too little for units of their own.</summary>
    private void RecordHops(CodePage page)
    {
        for (var i = 0; i < _unit.Blocks.Count; i++)
        {
            var block = _unit.Blocks[i];
            if (block.End != BlockEnd.Branch || block.Refresh || block.Next != block.After || block.Taken - block.After > LongestHop) continue;
            if (_unit.Blocks.Count + 2 > MaximumHopBlocks || !_unit.HasRoom || !IsOnPage(block.Taken)) return;
            TryRecordBlock(block.Next, page, block.Taken);
            if (!HasBlock(block.Taken)) TryRecordBlock(block.Taken, page);
        }
    }

    /// <summary>The cases of a switch lie near it.</summary>
    private void AddJumpTargets(in IrBlock block, CodePage page)
    {
        var first = block.Pc & ~(ulong)(PageSize - 1);
        var from = Math.Max(first, block.Pc - Math.Min(block.Pc, FarthestJump));
        var to = Math.Min(first + PageSize, block.Pc + FarthestJump);
        for (var pc = from; pc < to; pc += 2)
        {
            if (page.IsJumpedTo(pc)) _open.Add(pc);
        }
    }

    private bool HasBlock(ulong pc)
    {
        foreach (ref readonly var block in CollectionsMarshal.AsSpan(_unit.Blocks))
        {
            if (block.Pc == pc) return true;
        }
        return false;
    }

    private bool IsOnPage(ulong pc) => ((pc ^ _unit.Blocks[0].Pc) & ~(ulong)(PageSize - 1)) == 0;

    /// <summary>Adds the blocks that were found worth compiling and that the unit's blocks lead to on the same page.</summary>
    private void RecordRegion(CodePage page)
    {
        for (var i = 0; i < _unit.Blocks.Count && _unit.Blocks.Count < MaximumRegionBlocks && _unit.HasRoom; i++)
        {
            var block = _unit.Blocks[i];
            if (block.Refresh) continue;
            _open.Clear();
            if (block.End is BlockEnd.Goto or BlockEnd.Branch) _open.Add(block.Next);
            if (block.End == BlockEnd.Branch) _open.Add(block.Taken);
            if (block.End == BlockEnd.Indirect) AddJumpTargets(block, page);
            // What a call returns to.
            if (block.End == BlockEnd.Goto && block.Next != block.After) _open.Add(block.After);
            foreach (var pc in _open)
            {
                if (!IsOnPage(pc)) continue;
                if ((page.Compiled?.Find(pc) ?? 0) == 0 && page.Heat(pc) == 0) continue;
                if (HasBlock(pc) || _unit.Blocks.Count >= MaximumRegionBlocks || !_unit.HasRoom) continue;
                TryRecordBlock(pc, page);
            }
        }
    }
}
