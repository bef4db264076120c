using Mimus.Isa;
using Mimus.Translation.Ir;

namespace Mimus.Translation.X64;

/// <content>
/// Which accesses share a look at the translations. A group's addend is a pseudo value behind those of the unit, made to look like a
/// constant, so that its register is the first to be taken away; then the accesses left look for themselves.
/// </content>
internal sealed unsafe partial class RegionCompiler
{
    private const int MaximumGroups = 256;
    private const int MaximumReach = 2048;

    private readonly List<AccessGroup> _groups = [];
    private bool[] _isGroupKnown = new bool[MaximumGroups];
    private short[] _groupOf = [];

    private void FindGroups()
    {
        _groups.Clear();
        Array.Fill(_groupOf, (short)NoUse, 0, _unit.Count);
        foreach (ref readonly var block in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_unit.Blocks)) FindGroups(block);
        // Alone an access does not need the check of the group's reach.
        for (var i = 0; i < _unit.Count; i++)
        {
            if (_groupOf[i] >= 0 && _groups[_groupOf[i]].Members < 2) _groupOf[i] = NoUse;
            if (_groupOf[i] >= 0) _lastUse[_unit.Count + _groupOf[i]] = i;
        }
        for (var g = 0; g < _groups.Count; g++)
        {
            var id = _unit.Count + g;
            _insts[id] = new Inst { Op = IrOp.Constant, A = Inst.None, B = Inst.None, C = Inst.None };
            _gprOf[id] = _xmmOf[id] = Free;
            _spillOf[id] = _memoryOf[id] = Free;
            _holders[id] = 0;
            _isGroupKnown[g] = false;
        }
    }

    private void FindGroups(in IrBlock block)
    {
        var firstGroup = _groups.Count;
        for (var i = block.First; i < block.Last; i++)
        {
            ref var inst = ref _insts[i];
            // A call may flush translations.
            if (inst.Op is IrOp.Call or IrOp.TryCall) firstGroup = _groups.Count;
            if (inst.Op is not (IrOp.Load or IrOp.LoadForUpdate or IrOp.Store)) continue;
            int first = (int)inst.Immediate, last = first + inst.Kind - 1;
            if (first is < -MaximumReach or > MaximumReach) continue;
            var found = FindGroup(firstGroup, inst.A, inst.Op != IrOp.Load);
            if (found < 0)
            {
                if (_groups.Count == MaximumGroups) continue;
                _groups.Add(new AccessGroup(inst.A, inst.Op != IrOp.Load, first, last, 0));
                found = _groups.Count - 1;
            }
            var group = _groups[found];
            _groups[found] = group with { First = Math.Min(group.First, first), Last = Math.Max(group.Last, last), Members = group.Members + 1 };
            _groupOf[i] = (short)found;
        }
    }

    private int FindGroup(int from, int @base, bool forWriting)
    {
        for (var g = from; g < _groups.Count; g++)
        {
            if (_groups[g].Base == @base && _groups[g].ForWriting == forWriting) return g;
        }
        return NoUse;
    }
}
