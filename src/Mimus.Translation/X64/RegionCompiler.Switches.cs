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
    private const int EntryBytes = 4;
    private const int LargestJumpTable = (PageBytes * EntryBytes) + 64;
    private const int PageBytes = 4096;

    private readonly List<InsideJump> _inside = [];

    /// <summary>The fields of an indirect jump: where it goes if the address is no block's, and where the table is.</summary>
    private readonly record struct InsideJump(nint Attention, nint Outside, nint Table);

    private bool TryJumpInside(Gpr target)
    {
        var (first, last) = FirstAndLastBlock();
        if (last - first >= PageBytes) return false;
        if (target != Gpr.Rax) _asm.Move(true, Gpr.Rax, target);
        _asm.Alu(AluOp.Cmp, false, HostLayout.Engine(HostLayout.Attention), 0);
        var attention = _asm.JumpIfForward(Condition.NotEqual);
        _asm.MoveImmediate(Gpr.Rcx, first);
        _asm.Move(true, Gpr.Rdx, Gpr.Rax);
        _asm.Alu(AluOp.Sub, true, Gpr.Rdx, Gpr.Rcx);
        _asm.Alu(AluOp.Cmp, true, Gpr.Rdx, (int)(last - first));
        var outside = _asm.JumpIfForward(Condition.Above);
        var table = _asm.LoadAddressForward(Gpr.Rcx);
        _asm.Load(MemorySize.Word, true, Gpr.Rdx, new Address(Gpr.Rcx, Gpr.Rdx, EntryBytes));
        _asm.Alu(AluOp.Add, true, Gpr.Rdx, Gpr.Rcx);
        _asm.Jump(Gpr.Rdx);
        _inside.Add(new InsideJump((nint)attention, (nint)outside, (nint)table));
        return true;
    }

    /// <summary>One table, with an entry for each byte from the first block to the last, is enough for all jumps of a region.</summary>
    private void EmitJumpTable()
    {
        if (_inside.Count == 0) return;
        var (first, last) = FirstAndLastBlock();
        var outside = _asm.Position;
        StorePins();
        JumpOutside();
        _asm.Align(64);
        var table = _asm.Position;
        for (var pc = first; pc <= last; pc++) _asm.Data((int)(outside - table));
        var blocks = CollectionsMarshal.AsSpan(_unit.Blocks);
        for (var i = 0; i < blocks.Length; i++) ((int*)table)[blocks[i].Pc - first] = (int)(_labels[i] - table);
        foreach (var jump in _inside)
        {
            Assembler.Bind((byte*)jump.Attention, outside);
            Assembler.Bind((byte*)jump.Outside, outside);
            Assembler.Bind((byte*)jump.Table, table);
        }
    }

    private (ulong First, ulong Last) FirstAndLastBlock()
    {
        ulong first = ulong.MaxValue, last = 0;
        foreach (ref readonly var block in CollectionsMarshal.AsSpan(_unit.Blocks))
        {
            first = Math.Min(first, block.Pc);
            last = Math.Max(last, block.Pc);
        }
        return (first, last);
    }
}
