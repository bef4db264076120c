using System.Runtime.InteropServices;
using Mimus.Translation.Ir;

namespace Mimus.Translation.X64;

/// <content>
/// Ways to blocks that are not all on the region's first page. The first page is what it was while the region runs, for that was checked on
/// the way in; another page's mapping is compared by its number before a block there is entered from elsewhere.
/// </content>
internal sealed unsafe partial class RegionCompiler
{
    private byte*[] _gates = [];

    private readonly record struct PendingJump(nint Field, int Block, bool ThroughGate);

    /// <summary>Makes a jump lead to a block of the unit, in the end.</summary>
    private void LeadTo(int target, in IrBlock from, byte* field) => _jumps.Add(new PendingJump((nint)field, target, NeedsGate(target, from)));

    /// <summary>Whether a block follows in memory, so that no jump is needed.</summary>
    private bool FollowsFreely(int target, in IrBlock from) => target >= 0 && target == _block + 1 && !NeedsGate(target, from);

    private bool NeedsGate(int target, in IrBlock from)
    {
        ref readonly var to = ref CollectionsMarshal.AsSpan(_unit.Blocks)[target];
        return IsElsewhere(to) && ((to.Pc ^ from.Pc) & PageMask) != 0 || IsOnTwoPages(to);
    }

    private bool IsElsewhere(in IrBlock block) => (((block.After - 1) ^ _unit.Blocks[0].Pc) & PageMask) != 0;

    private static bool IsOnTwoPages(in IrBlock block) => (((block.After - 1) ^ block.Pc) & PageMask) != 0;

    private void BindJumps()
    {
        if (_gates.Length < _unit.Blocks.Count) _gates = new byte*[_unit.Blocks.Count * 2];
        Array.Clear(_gates);
        foreach (var jump in _jumps) Assembler.Bind((byte*)jump.Field, jump.ThroughGate ? GateOf(jump.Block) : _labels[jump.Block]);
    }

    /// <summary>The gate of a block, made when it is first asked for.</summary>
    private byte* GateOf(int number)
    {
        if (_gates[number] != null) return _gates[number];
        var pc = _unit.Blocks[number].Pc;
        var closed = _asm.Position;
        StorePins();
        _asm.MoveImmediate(Gpr.Rax, pc);
        _asm.MoveImmediate(Gpr.Rdi, (uint)_records.Exits.Count);
        var field = _asm.PatchableJump(_thunks.FindAndLink);
        var gate = _gates[number] = _asm.Position;
        _asm.Alu(AluOp.Cmp, false, HostLayout.Engine(HostLayout.Epoch), NoEpoch);
        var epoch = _asm.Position - 4;
        _asm.JumpIf(Condition.Equal, _labels[number]);
        _asm.Jump(closed);
        _records.Exits.Add(new CodeExit(pc, field, epoch, field));
        return gate;
    }
}
