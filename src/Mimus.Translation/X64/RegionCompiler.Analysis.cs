using System.Runtime.InteropServices;
using Mimus.Translation.Ir;

namespace Mimus.Translation.X64;

/// <content>What is found out before code is emitted: last uses, dead operations, fused comparisons, pinned slots.</content>
internal sealed unsafe partial class RegionCompiler
{
    private const int SlotCount = 256;

    /// <summary>Of a block inside four loops: what looks like more is mostly one block on the way of several.</summary>
    private const int MostWeight = 1 << 12;

    private int[] _lastUse = [];
    private int[] _uses = [];
    private int[] _user = [];
    private int[] _writtenAt = [];
    private int[] _hint = [];
    private bool[] _isDead = [];
    private bool[] _isFused = [];
    private bool[] _isScale = [];
    private bool[] _wantsFloat = [];
    private readonly int[] _readAt = new int[SlotCount];
    private readonly int[] _overwritten = new int[SlotCount];
    private readonly int[] _pinWeight = new int[SlotCount];
    private readonly List<int> _weighted = new(SlotCount);
    private int[] _blockWeights = [];
    private readonly bool[] _isFloatSlot = new bool[SlotCount];
    private readonly bool[] _isModified = new bool[SlotCount];
    private int _epoch;

    private void Analyze()
    {
        var count = _unit.Count + MaximumGroups;
        if (_lastUse.Length < count)
        {
            _lastUse = new int[count * 2];
            _uses = new int[count * 2];
            _user = new int[count * 2];
            _writtenAt = new int[count * 2];
            _hint = new int[count * 2];
            _isDead = new bool[count * 2];
            _isFused = new bool[count * 2];
            _isScale = new bool[count * 2];
            _wantsFloat = new bool[count * 2];
            _groupOf = new short[count * 2];
            GrowPlaces(count * 2);
        }
        Array.Fill(_lastUse, NoUse, 0, count);
        Array.Clear(_uses, 0, count);
        Array.Clear(_isDead, 0, count);
        Array.Clear(_isFused, 0, count);
        Array.Clear(_isScale, 0, count);
        Array.Clear(_wantsFloat, 0, count);
        Array.Fill(_writtenAt, NoUse, 0, count);
        Array.Fill(_hint, NoUse, 0, count);
        Array.Clear(_isModified);
        foreach (ref readonly var block in CollectionsMarshal.AsSpan(_unit.Blocks)) AnalyzeBlock(block);
        FindGroups();
    }

    private void AnalyzeBlock(in IrBlock block)
    {
        _epoch++;
        Array.Fill(_readAt, block.Last);
        if (block.Value >= 0) Use(block.Value, block.Last);
        if (block.Context >= 0) Use(block.Context, block.Last);
        var nextLeave = block.Last;
        for (var i = block.Last - 1; i >= block.First; i--)
        {
            ref var inst = ref _insts[i];
            ref readonly var info = ref IrOps.Info(inst.Op);
            if (info.IsPure && _uses[i] == 0)
            {
                _isDead[i] = true;
                continue;
            }
            if (inst.Op == IrOp.WriteSlot)
            {
                // Nobody can see a value that is overwritten before the code may leave.
                if (_overwritten[inst.Slot] == _epoch)
                {
                    _isDead[i] = true;
                    continue;
                }
                _overwritten[inst.Slot] = _epoch;
                _isModified[inst.Slot] = true;
                if (_writtenAt[inst.A] == NoUse || _writtenAt[inst.A] > i)
                {
                    _writtenAt[inst.A] = i;
                    _hint[inst.A] = inst.Slot;
                }
            }
            // The slot's register must not be taken while its old value can still be asked for.
            else if (_hint[i] >= 0 && (_writtenAt[i] > nextLeave || _writtenAt[i] > _readAt[_hint[i]])) _hint[i] = NoUse;
            if (inst.Op == IrOp.ReadSlot) _readAt[inst.Slot] = i;

            var at = i;
            if (inst.Op == IrOp.Compare && _uses[i] == 1 && CanFuse(i, block))
            {
                _isFused[i] = true;
                at = _user[i];
            }
            else if (inst.Op == IrOp.ShiftLeft && _uses[i] == 1 && _user[i] < block.Last && IsScaleOf(inst, _user[i], i))
            {
                _isScale[i] = true;
                at = _user[i];
            }
            if (inst.A >= 0) Use(inst.A, at, info.TakesFloats);
            if (inst.B >= 0) Use(inst.B, at, info.TakesFloats);
            if (inst.C >= 0) Use(inst.C, at, info.TakesFloats);
            if (info.MayLeave)
            {
                nextLeave = i;
                _epoch++;
            }
        }
    }

    /// <summary>Whether the one user of a comparison can take it as flags: a branch, a trap, or a choice by it.</summary>
    private bool CanFuse(int id, in IrBlock block)
    {
        var user = _user[id];
        // What an operand of the branch's own comparison is used for counts as a use at the end, too.
        if (user == block.Last) return block.End is BlockEnd.Branch or BlockEnd.Goto && block.Value == id;
        ref var inst = ref _insts[user];
        return inst.A == id && inst.Op is IrOp.TrapIf or IrOp.Select && inst.A == id && inst.B != id && inst.C != id;
    }

    /// <summary>Whether a shift is by 1 to 3 and its one user a sum with something that is no constant.</summary>
    private bool IsScaleOf(in Inst shift, int user, int id)
    {
        ref var inst = ref _insts[user];
        // Whose operand the shift is may itself be done only where it is used: then that is noted as the user.
        if (inst.A != id && inst.B != id) return false;
        if (inst.Op != IrOp.Add || !IsConstant(shift.B, out var count) || count is 0 or > 3) return false;
        var other = inst.A == id ? inst.B : inst.A;
        return other != id && !IsConstant32(other, out _) && !_isScale[other];
    }

    private void Use(int id, int at, bool asFloat = false)
    {
        _uses[id]++;
        _user[id] = at;
        if (at > _lastUse[id]) _lastUse[id] = at;
        if (asFloat) _wantsFloat[id] = true;
    }

    /// <summary>Gives the slots that are used most a register each, in code of several blocks.</summary>
    private void ChoosePins()
    {
        ClearPins();
        if (!_isRegion) return;
        WeighBlocks();
        ChooseVectorPins();
        _weighted.Clear();
        var blocks = CollectionsMarshal.AsSpan(_unit.Blocks);
        for (var b = 0; b < blocks.Length; b++)
        {
            for (var i = blocks[b].First; i < blocks[b].Last; i++)
            {
                ref var inst = ref _insts[i];
                if (_isDead[i] || inst.Op is not (IrOp.ReadSlot or IrOp.WriteSlot) || _isVectorSlot[inst.Slot]) continue;
                if (_pinWeight[inst.Slot] == 0)
                {
                    _weighted.Add(inst.Slot);
                    _isFloatSlot[inst.Slot] = false;
                }
                _pinWeight[inst.Slot] += _blockWeights[b];
                var value = inst.Op == IrOp.ReadSlot ? i : inst.A;
                if (_wantsFloat[value] || IrOps.Info(_insts[value].Op).GivesFloat) _isFloatSlot[inst.Slot] = true;
            }
        }
        // A store that looks at reservations needs a register more.
        var pinnable = s_pinnable.Length - (_settings.LooksAtReservations ? 1 : 0);
        for (var i = 0; i < pinnable; i++) Pin(s_pinnable[i], TakeHeaviest(isFloat: false));
        foreach (var register in s_pinnableXmm)
        {
            if (IsAvailable(register)) PinXmm(register, TakeHeaviest(isFloat: true));
        }
        foreach (var slot in _weighted) _pinWeight[slot] = 0;
    }

    /// <summary>Blocks inside loops count more; a loop is what lies between a jump back and its target.</summary>
    private void WeighBlocks()
    {
        var blocks = CollectionsMarshal.AsSpan(_unit.Blocks);
        if (_blockWeights.Length < blocks.Length) _blockWeights = new int[blocks.Length * 2];
        Array.Fill(_blockWeights, 1, 0, blocks.Length);
        for (var b = 0; b < blocks.Length; b++)
        {
            WeighLoop(BlockAt(blocks[b].Next), b);
            if (blocks[b].End == BlockEnd.Branch) WeighLoop(BlockAt(blocks[b].Taken), b);
        }
    }

    private void WeighLoop(int first, int last)
    {
        for (var b = first; first >= 0 && b <= last; b++) _blockWeights[b] = Math.Min(_blockWeights[b] * 8, MostWeight);
    }

    private int TakeHeaviest(bool isFloat)
    {
        var best = NoUse;
        foreach (var slot in _weighted)
        {
            if (_isFloatSlot[slot] == isFloat && _pinWeight[slot] > 1 && (best < 0 || _pinWeight[slot] > _pinWeight[best])) best = slot;
        }
        if (best >= 0) _pinWeight[best] = 0;
        return best;
    }
}
