using Mimus.Engines.Tests.Programs;
using Mimus.TestSupport.RiscV;

namespace Mimus.Engines.Tests.Nodes;

/// <summary>How a function is reached.</summary>
internal enum CallWay
{
    Direct,

    /// <summary>auipc and jalr through the link register, as compilers call far functions.</summary>
    Far,

    /// <summary>Through another register.</summary>
    Register,

    /// <summary>Through a table; other entries are other functions.</summary>
    Table,
}

/// <summary>A call of one of the program's functions.</summary>
/// <param name="function">Which one; with <see cref="CallWay.Table"/> one of these, all of the same link register.</param>
/// <param name="way">How.</param>
/// <param name="chooser">The register that chooses from the table.</param>
/// <param name="temporary">A free register.</param>
/// <param name="second">Another.</param>
/// <param name="isTopLevel">The call stands in the main part, where functions that do not return come back to.</param>
internal sealed class CallNode(IReadOnlyList<Function> function, CallWay way, int chooser, int temporary, int second, bool isTopLevel) : Node
{
    public override bool IsCall => true;

    public override long Cost => 8 + function.Max(f => f.Cost);

    public override void Write(ProgramWriter w, BodyPlace place)
    {
        var back = new Label();
        var link = function[0].Link;
        if (isTopLevel) PrepareReturn(w, back);
        foreach (var f in function.OfType<RecursiveFunction>())
        {
            w.Code.Li(temporary, (ulong)f.Depth);
            w.Code.Emit(Rv.Sd(temporary, Registers.Frame, f.DepthSlot));
        }
        switch (way)
        {
            case CallWay.Direct:
                w.Code.Jump(link, w.Function(function[0].Index));
                break;
            case CallWay.Far:
                w.Code.Address(link, w.Function(function[0].Index));
                w.Code.Emit(Rv.Jalr(link, link, 0));
                break;
            case CallWay.Register:
                w.Code.Address(temporary, w.Function(function[0].Index));
                w.Code.Emit(Rv.Jalr(link, temporary, 0));
                break;
            default:
                WriteTableCall(w, link);
                break;
        }
        // Functions may return behind this.
        w.Code.Emit(Rv.Addi(temporary, temporary, 1));
        w.Code.Mark(back);
    }

    private void PrepareReturn(ProgramWriter w, Label back)
    {
        w.Code.Address(temporary, back);
        w.Code.Emit(Rv.Sd(temporary, Registers.Frame, FrameSlots.Escape));
        w.Code.Li(temporary, w.Space.Stack);
        w.Code.Emit(Rv.Sd(temporary, Registers.Frame, FrameSlots.StackPointer));
    }

    private void WriteTableCall(ProgramWriter w, int link)
    {
        Label table = new(), over = new();
        w.Code.Jump(0, over);
        w.Code.Align(8);
        w.Code.Mark(table);
        foreach (var f in function) w.Code.Pointer(w.Function(f.Index));
        w.Code.Mark(over);
        IndirectJump.Write(w, chooser, temporary, second, table, function.Count, link);
    }
}

/// <summary>A call of something that cannot be fetched; the handler goes on behind the call.</summary>
internal sealed class BadCallNode(int temporary, ulong target) : Node
{
    public override bool IsCall => true;

    public override void Write(ProgramWriter w, BodyPlace place)
    {
        w.Code.Li(temporary, target);
        w.Code.Emit(Rv.Jalr(Registers.Link, temporary, 0));
    }
}

/// <summary>In a function: under a condition it does not return but goes to where the main part called from.</summary>
internal sealed class EscapeNode(Condition condition, int temporary) : Node
{
    public override void Write(ProgramWriter w, BodyPlace place)
    {
        var stay = new Label();
        condition.Inverted.BranchIfTrue(w.Code, stay);
        w.Code.Emit(Rv.Ld(temporary, Registers.Frame, FrameSlots.Escape), Rv.Jalr(0, temporary, 0));
        w.Code.Mark(stay);
    }
}
