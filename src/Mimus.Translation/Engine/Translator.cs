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
    private const int MaximumBlockInstructions = 128;
    private const int MaximumRegionBlocks = 48;

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
    private readonly List<Site> _sites = [];
    private readonly List<CodeExit> _exits = [];
    private readonly List<Helper> _helpers = [];
    private readonly List<FloatHelper> _floatHelpers = [];
    private readonly List<ulong> _open = [];
    private readonly TranslatorStatistics _statistics;
    private readonly PerfMap? _perfMap;
    private byte* _position;

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
        _position = _firstCode;
        perfMap?.Add(_memory.Executable, _firstCode - _memory.Writable, "guest ways in and out");
        _compiler = new RegionCompiler(_thunks, new CompilerSettings(cpu.FloatFlagsSlot, environment.Memory.Reservations.IsShared, environment.CountsInstructions));
    }

    /// <summary>The way into emitted code, where it can be run.</summary>
    public delegate* unmanaged<byte*, void*, void> Enter => (delegate* unmanaged<byte*, void*, void>)(_thunks.Enter + _toExecutable);

    public Site Site(int number) => _sites[number];

    public Helper Helper(Site site) => _helpers[site.Helper];

    public FloatHelper FloatHelper(Site site) => _floatHelpers[site.Helper];

    /// <summary>Compiles the block at an address, or what can be reached from it without leaving its page; null where that cannot be compiled.</summary>
    public void* Compile(ulong pc, CodePage page, bool isRegion)
    {
        var began = TranslatorStatistics.Now;
        _unit.Clear();
        if (!TryRecordBlock(pc, page)) return null;
        if (isRegion) RecordRegion(page);
        IrVerifier.Assert(_unit);
        var needed = RegionCompiler.MaximumBytes(_unit);
        if (_position + needed > _memory.Writable + _memory.Length)
        {
            Clear();
            if (_position + needed > _memory.Writable + _memory.Length) return null;
        }
        var old = isRegion && page.Compiled is { } compiled ? (byte*)compiled.Find(pc) : null;
        var start = _compiler.Compile(_unit, _position, _sites.Count, _exits.Count, countsEntries: !isRegion, out var end);
        _statistics.AddSites(_compiler.Sites, _unit);
        AddHelpers();
        _sites.AddRange(_compiler.Sites);
        _exits.AddRange(_compiler.Exits);
        _position = (byte*)(((nuint)end + 63) & ~(nuint)63);
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
    public bool IsOnSamePage(int exit) => _exits[exit].SamePage;

    /// <summary>Makes an exit lead straight to code.</summary>
    public void Link(int exit, ulong pc, void* code, int epoch)
    {
        var link = _exits[exit];
        if (link.Target != pc) return;
        _statistics.Linked++;
        var target = (byte*)code - _toExecutable;
        Assembler.Patch(link.Field, target);
        if (link.EpochField == null) return;
        *(int*)link.EpochField = epoch;
        Assembler.Patch(link.Stub, _thunks.ProbeAndLink);
    }

    /// <summary>Drops all code.</summary>
    public void Clear()
    {
        _position = _firstCode;
        _statistics.Flushes++;
        _sites.Clear();
        _exits.Clear();
        _helpers.Clear();
        _floatHelpers.Clear();
        _code.DropCompiled();
        Cleared?.Invoke();
    }

    /// <summary>All code was dropped.</summary>
    public event Action? Cleared;

    public void Dispose() => _memory.Dispose();

    /// <summary>Sites say a helper's number in the unit; they are the last ones here.</summary>
    private void AddHelpers()
    {
        foreach (var site in _compiler.Sites)
        {
            if (site.Kind is SiteKind.Call or SiteKind.TryCall)
            {
                _helpers.Add(_unit.Helpers[site.Helper]);
                site.Helper = _helpers.Count - 1;
            }
            else if (site.Kind == SiteKind.FloatCall)
            {
                _floatHelpers.Add(_unit.FloatHelpers[site.Helper]);
                site.Helper = _floatHelpers.Count - 1;
            }
        }
    }

    private bool TryRecordBlock(ulong pc, CodePage page)
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
            if (length == 4 && index == (PageSize / 2) - 1) break;
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
            // What a call returns to.
            if (block.End == BlockEnd.Goto && block.Next != block.After) _open.Add(block.After);
            foreach (var pc in _open)
            {
                if (((pc ^ _unit.Blocks[0].Pc) & ~(ulong)(PageSize - 1)) != 0) continue;
                if ((page.Compiled?.Find(pc) ?? 0) == 0 && page.Heat(pc) == 0) continue;
                if (_unit.Blocks.Exists(b => b.Pc == pc) || _unit.Blocks.Count >= MaximumRegionBlocks || !_unit.HasRoom) continue;
                TryRecordBlock(pc, page);
            }
        }
    }
}
