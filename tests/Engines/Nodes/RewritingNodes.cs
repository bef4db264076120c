using Mimus.Engines.Tests.Programs;
using Mimus.TestSupport.RiscV;

namespace Mimus.Engines.Tests.Nodes;

/// <summary>An instruction of four bytes that the program rewrites, or two of two bytes; and one behind it, which some jump over.</summary>
internal sealed class SiteNode(int site, uint word, uint next) : Node
{
    public int Site => site;

    public override void Write(ProgramWriter w, BodyPlace place)
    {
        w.Code.Mark(w.Site(site));
        w.Code.Emit(word, next);
    }
}

/// <summary>Rewrites a site and fences: the new instruction is the old one with some bits changed, so that twice is back again.</summary>
/// <param name="site">Which one.</param>
/// <param name="change">Which bits.</param>
/// <param name="halves">It is written in two halves.</param>
/// <param name="registers">Three free registers.</param>
/// <param name="condition">Decides whether it is done at all.</param>
internal sealed class RewriteNode(int site, uint change, bool halves, int[] registers, Condition condition) : Node
{
    public override long Cost => 10;

    public override void Write(ProgramWriter w, BodyPlace place)
    {
        if (!w.Program.HasSite(site)) return;
        int at = registers[0], value = registers[1], mask = registers[2];
        var not = new Label();
        condition.Inverted.BranchIfTrue(w.Code, not);
        w.CodeAsData(at, w.Site(site), value);
        // Sites are at even addresses: a misaligned store of a word that crosses pages is one, too.
        w.Code.Emit(Rv.Lw(value, at, 0));
        w.Code.Li(mask, (ulong)(int)change);
        w.Code.Emit(Rv.R(0, mask, value, 4, value, 0x33)); // xor
        if (halves) w.Code.Emit(Rv.Sh(value, at, 0), Rv.Srli(value, value, 16), Rv.Sh(value, at, 2));
        else w.Code.Emit(Rv.Sw(value, at, 0));
        w.Code.Emit(Rv.FenceI);
        w.Code.Mark(not);
    }
}

/// <summary>Eight bytes of data among the code, which the program counts up: stores to a page with code that change no code.</summary>
internal sealed class DataInCodeNode(int[] registers, bool after) : Node
{
    public override long Cost => 8;

    public override void Write(ProgramWriter w, BodyPlace place)
    {
        Label over = new(), data = new();
        if (!after) Access(w, data);
        w.Code.Jump(0, over);
        w.Code.Align(8);
        w.Code.Mark(data);
        w.Code.Data(0);
        w.Code.Mark(over);
        if (after) Access(w, data);
    }

    private void Access(ProgramWriter w, Label data)
    {
        w.CodeAsData(registers[0], data, registers[1]);
        w.Code.Emit(Rv.Ld(registers[1], registers[0], 0), Rv.Addi(registers[1], registers[1], 1), Rv.Sd(registers[1], registers[0], 0));
    }
}
