using System.Runtime.InteropServices;
using Mimus.Core.Cpus;
using Mimus.Isa;
using Mimus.Translation.Ir;

namespace Mimus.Translation.Engine;

/// <summary>Chooses and records the guest code that is compiled at one time: a block with what its short branches jump over, or a region.</summary>
internal sealed class UnitRecorder(EmulatedCpu cpu, VcpuEnvironment environment, IFrontEnd frontEnd) : IStraddling
{
    private const ulong PageSize = CompilablePage.PageSize, PageMask = ~(PageSize - 1);
    private const int MaximumBlockInstructions = 128;
    private const int MaximumRegionBlocks = 48, MaximumHopBlocks = 24;
    private const ulong LongestHop = 32, FarthestJump = 1024;
    private const ulong NoAddress = ulong.MaxValue;

    private readonly BlockMemory _blockMemory = new();
    private readonly bool _canReadTime = cpu.Time?.Source is not null;
    private readonly List<ulong> _open = [];
    private readonly Dictionary<ulong, ulong> _guesses = [];
    private ulong _firstPage;
    private CompilablePage _page = null!;
    private bool _isRegion, _mayStraddle;

    /// <summary>What was recorded last.</summary>
    public IrUnit Unit { get; } = new();

    /// <summary>Records what can be reached from an address; false where not even its first instruction can be compiled.</summary>
    public bool TryRecord(ulong pc, CompilablePage page, bool isRegion)
    {
        Unit.Clear();
        _firstPage = pc & PageMask;
        _page = page;
        _isRegion = isRegion;
        _guesses.Clear();
        // The code is about to run, so that what it will find is there.
        if (frontEnd.SpecialSlots.Guessed is var guessed and >= 0) _guesses[pc] = ReadSlot(guessed);
        if (!TryRecordBlock(pc, page)) return false;
        if (isRegion) RecordRegion();
        else RecordHops();
        return true;
    }

    /// <summary>
    /// The page of an address, as far as a unit may reach: its own, and for a region the two beside it if code was fetched from them lately.
    /// </summary>
    public CompilablePage? PageOf(ulong pc)
    {
        var distance = (long)((pc & PageMask) - _firstPage);
        if (distance == 0) return _page;
        return _isRegion && distance is (long)PageSize or -(long)PageSize ? frontEnd.Code.Peek(pc) : null;
    }

    /// <summary>Records a block up to its end, or up to an address where another one begins.</summary>
    private bool TryRecordBlock(ulong pc, CompilablePage page, ulong end = NoAddress)
    {
        var builder = new IrBuilder(Unit, _blockMemory, frontEnd.SpecialSlots, _canReadTime);
        builder.BeginBlock(pc, _guesses.TryGetValue(pc, out var guess) ? guess : null);
        var at = pc;
        for (var recorded = 0; !builder.HasEnded && at != end && at - (pc & PageMask) < PageSize && recorded < MaximumBlockInstructions && Unit.HasRoom; recorded++)
        {
            if (environment.Debug.HasPageOffset(at) || cpu.MayTrigger(at)) break;
            // An instruction on two pages is a block of its own, which is entered only when both are what they were.
            _mayStraddle = recorded == 0;
            var length = frontEnd.Record(ref builder, at, page, this);
            if (length == 0) break;
            at += (ulong)length;
        }
        if (at == pc) return false;
        builder.EndBlock(at);
        if (builder.Guess is { } last) GuessAfter(Unit.Blocks[^1], last);
        return true;
    }

    public CompilablePage? PageAfter(ulong pc) =>
        _mayStraddle && Unit.Blocks.Count > 0 && (pc & PageMask) == _firstPage ? PageOf(_firstPage + PageSize) : null;

    private unsafe ulong ReadSlot(int slot) => cpu.Slots[slot];

    /// <summary>Where a block leads, the guessed slot has the value that it had at the block's end.</summary>
    private void GuessAfter(in IrBlock block, ulong last)
    {
        _guesses.TryAdd(block.Next, last);
        if (block.End == BlockEnd.Branch) _guesses.TryAdd(block.Taken, last);
    }

    /// <summary>Adds what short branches forward jump over, and where they come out again: too little for units of their own.</summary>
    private void RecordHops()
    {
        for (var i = 0; i < Unit.Blocks.Count; i++)
        {
            var block = Unit.Blocks[i];
            if (block.End != BlockEnd.Branch || block.Refresh || block.Next != block.After || block.Taken - block.After > LongestHop) continue;
            if (Unit.Blocks.Count + 2 > MaximumHopBlocks || !Unit.HasRoom || PageOf(block.Taken) is not { } page) return;
            if (!HasBlock(block.Next)) TryRecordBlock(block.Next, page, block.Taken);
            if (!HasBlock(block.Taken)) TryRecordBlock(block.Taken, page);
        }
    }

    /// <summary>Adds the blocks that were found worth compiling and that the unit's blocks lead to.</summary>
    private void RecordRegion()
    {
        for (var i = 0; i < Unit.Blocks.Count && HasRoomForBlock; i++)
        {
            var block = Unit.Blocks[i];
            if (block.Refresh && block.EndsIndirectly) continue;
            _open.Clear();
            // A function on another page is better a region of its own, with its own choice of registers.
            if (block.End is BlockEnd.Goto or BlockEnd.Branch && !(block.MayBeCall && ((block.Next ^ block.Pc) & PageMask) != 0)) _open.Add(block.Next);
            if (block.End == BlockEnd.Branch) _open.Add(block.Taken);
            if (block.End == BlockEnd.Indirect) AddJumpTargets(block.Pc);
            if (block.MayBeCall) _open.Add(block.After);
            foreach (var pc in _open)
            {
                if (PageOf(pc) is { } page && page.WasMet(pc) && !HasBlock(pc) && HasRoomForBlock) TryRecordBlock(pc, page);
            }
        }
    }

    /// <summary>The cases of a switch lie near it.</summary>
    private void AddJumpTargets(ulong from)
    {
        CompilablePage? page = null;
        for (var offset = 0ul; offset < 2 * FarthestJump; offset += _page.Step)
        {
            var pc = from - FarthestJump + offset;
            if (offset == 0 || (pc & ~PageMask) < _page.Step) page = PageOf(pc);
            if (page is not null && page.IsJumpedTo(pc)) _open.Add(pc);
        }
    }

    private bool HasRoomForBlock => Unit.Blocks.Count < MaximumRegionBlocks && Unit.HasRoom;

    private bool HasBlock(ulong pc)
    {
        foreach (ref readonly var block in CollectionsMarshal.AsSpan(Unit.Blocks))
        {
            if (block.Pc == pc) return true;
        }
        return false;
    }
}
