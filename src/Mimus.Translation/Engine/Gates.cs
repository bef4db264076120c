using Mimus.Translation.X64;

namespace Mimus.Translation.Engine;

/// <summary>
/// The ways inside regions to code that is not all on the region's first page. Each is open under one mapping of code; under another it leads
/// to C#, which opens it again if what was compiled is still what is there.
/// </summary>
internal sealed unsafe class Gates(ICodePath code, CodeRecords records, CodeThunks thunks)
{
    private readonly Dictionary<int, Gate> _gates = [];

    /// <summary>Takes in the gates among the exits of a unit that was just compiled.</summary>
    public void Add(int firstExit, UnitRecorder recorder)
    {
        for (var exit = firstExit; exit < records.Exits.Count; exit++)
        {
            ref var way = ref records.Exits[exit];
            if (!way.IsGate) continue;
            var target = way.Target;
            var address = recorder.Unit.Blocks.Find(b => b.Pc == target).After - 1;
            var page = recorder.PageOf(address)!;
            _gates.Add(exit, new Gate(address, page, page.Version));
        }
    }

    /// <summary>Opens a gate under a mapping, if the page behind it has been found under that and is the one that was compiled.</summary>
    public void Open(int exit, int epoch)
    {
        var gate = _gates[exit];
        if (code.Peek(gate.Address) is not { } page) return;
        ref var way = ref records.Exits[exit];
        if (page == gate.Page && page.Version == gate.Version) *(int*)way.EpochField = epoch;
        else Assembler.Patch(way.Field, thunks.ProbeAndLink);
    }

    public void Clear() => _gates.Clear();

    private sealed record Gate(ulong Address, CompilablePage Page, int Version);
}
