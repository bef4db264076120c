using System.Runtime.InteropServices;
using Mimus.Isa;
using Mimus.Translation.Ir;

namespace Mimus.Translation.X64;

/// <content>
/// Indirect jumps from one block of a region to another, as in a switch: a table behind the code leads from guest addresses to blocks, and
/// what is pinned stays where it is.
/// </content>
internal sealed unsafe partial class RegionCompiler
{
    /// <summary>How far from its first jump a table reaches: the cases of a switch lie near it.</summary>
    private const ulong TableReach = 1024;

    private const int EntryBytes = 4;
    private const int LargestJumpTable = (2 * (int)TableReach * EntryBytes) + 64;

    private readonly List<InsideJump> _inside = [];
    private byte* _outside;
    private ulong _tableFirst, _tableLast;

    /// <summary>The fields of an indirect jump: where it goes if the address is no block's, and where the table is.</summary>
    private readonly record struct InsideJump(nint Attention, nint Outside, nint Table);

    private void JumpInside(in IrBlock block, Gpr target)
    {
        if (_inside.Count == 0) ChooseTable(block.Pc);
        if (target != Gpr.Rax) _asm.Move(true, Gpr.Rax, target);
        _asm.Alu(AluOp.Cmp, false, HostLayout.Engine(HostLayout.Attention), 0);
        var attention = _asm.JumpIfForward(Condition.NotEqual);
        _asm.MoveImmediate(Gpr.Rcx, _tableFirst);
        _asm.Move(true, Gpr.Rdx, Gpr.Rax);
        _asm.Alu(AluOp.Sub, true, Gpr.Rdx, Gpr.Rcx);
        _asm.Alu(AluOp.Cmp, true, Gpr.Rdx, (int)(_tableLast - _tableFirst));
        var outside = _asm.JumpIfForward(Condition.Above);
        var table = _asm.LoadAddressForward(Gpr.Rcx);
        _asm.Load(MemorySize.Word, true, Gpr.Rdx, new Address(Gpr.Rcx, Gpr.Rdx, EntryBytes));
        _asm.Alu(AluOp.Add, true, Gpr.Rdx, Gpr.Rcx);
        _asm.Jump(Gpr.Rdx);
        _inside.Add(new InsideJump((nint)attention, (nint)outside, (nint)table));
    }

    /// <summary>The table goes from the first block to the last, of those near the first indirect jump; the jump's own is one of them.</summary>
    private void ChooseTable(ulong jump)
    {
        _tableFirst = _tableLast = jump;
        foreach (ref readonly var block in CollectionsMarshal.AsSpan(_unit.Blocks))
        {
            if (block.Pc < jump && jump - block.Pc < TableReach) _tableFirst = Math.Min(_tableFirst, block.Pc);
            if (block.Pc > jump && block.Pc - jump < TableReach) _tableLast = Math.Max(_tableLast, block.Pc);
        }
    }

    /// <summary>Where indirect jumps go when no block of the region is meant.</summary>
    private void EmitOutside()
    {
        if (_inside.Count == 0) return;
        _outside = _asm.Position;
        StorePins();
        JumpOutside();
    }

    /// <summary>One table, with an entry for each byte of guest code, is enough for all jumps of a region.</summary>
    private void EmitJumpTable()
    {
        if (_inside.Count == 0) return;
        var blocks = CollectionsMarshal.AsSpan(_unit.Blocks);
        for (var i = 0; i < blocks.Length; i++)
        {
            if (IsElsewhere(blocks[i])) GateOf(i);
        }
        _asm.Align(64);
        var table = _asm.Position;
        for (var pc = _tableFirst; pc <= _tableLast; pc++) _asm.Data((int)(_outside - table));
        for (var i = 0; i < blocks.Length; i++)
        {
            if (blocks[i].Pc < _tableFirst || blocks[i].Pc > _tableLast) continue;
            ((int*)table)[blocks[i].Pc - _tableFirst] = (int)((IsElsewhere(blocks[i]) ? _gates[i] : _labels[i]) - table);
        }
        foreach (var jump in _inside)
        {
            Assembler.Bind((byte*)jump.Attention, _outside);
            Assembler.Bind((byte*)jump.Outside, _outside);
            Assembler.Bind((byte*)jump.Table, table);
        }
    }
}
