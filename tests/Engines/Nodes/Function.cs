using Mimus.Engines.Tests.Programs;
using Mimus.TestSupport.RiscV;

namespace Mimus.Engines.Tests.Nodes;

/// <summary>A function of the program. It calls only functions of higher numbers.</summary>
/// <param name="index">Its number.</param>
/// <param name="link">The register that has its return address.</param>
/// <param name="saveSlot">Where in the frame it saves that when it calls.</param>
/// <param name="offset">Where in the code it is to be, at least.</param>
/// <param name="body">What it does.</param>
/// <param name="skip">A free register: when its bit 2 is set at the end, the function returns behind the next instruction; or none.</param>
internal class Function(int index, int link, int saveSlot, int offset, List<Node> body, int? skip)
{
    public int Index => index;

    public int Link => link;

    /// <summary>The lists of parts in it.</summary>
    public virtual IReadOnlyList<List<Node>> Bodies => [body];

    public virtual long Cost => 4 + Node.CostOf(body);

    protected List<Node> Body => body;

    public virtual void Write(ProgramWriter w)
    {
        Begin(w);
        var saves = Node.HasCalls(body);
        if (saves) w.Code.Emit(Rv.Sd(link, Registers.Frame, saveSlot));
        w.Body(body);
        if (saves) w.Code.Emit(Rv.Ld(link, Registers.Frame, saveSlot));
        Return(w);
    }

    protected void Begin(ProgramWriter w)
    {
        w.Code.SkipTo(offset);
        w.Code.Mark(w.Function(index));
    }

    protected void Return(ProgramWriter w)
    {
        if (skip is { } register) w.Code.Emit(Rv.Andi(register, register, 4), Rv.Add(link, link, register));
        w.Code.Emit(Rv.Jalr(0, link, 0));
    }
}

/// <summary>A function that calls itself to a depth that its caller sets.</summary>
internal sealed class RecursiveFunction(int index, int link, int depthSlot, int offset, List<Node> body, List<Node> after, int temporary, int depth)
    : Function(index, link, 0, offset, body, null)
{
    public int DepthSlot => depthSlot;

    public int Depth { get; set; } = depth;

    public override IReadOnlyList<List<Node>> Bodies { get; } = [body, after];

    public override long Cost => Depth * (12 + Node.CostOf(Body) + Node.CostOf(after));

    public override void Write(ProgramWriter w)
    {
        var bottom = new Label();
        var code = w.Code;
        Begin(w);
        code.Emit(Rv.Ld(temporary, Registers.Frame, FrameSlots.StackPointer), Rv.Sd(Link, temporary, 0), Rv.Addi(temporary, temporary, 8));
        code.Emit(Rv.Sd(temporary, Registers.Frame, FrameSlots.StackPointer));
        w.Body(Body);
        code.Emit(Rv.Ld(temporary, Registers.Frame, depthSlot), Rv.Addi(temporary, temporary, -1), Rv.Sd(temporary, Registers.Frame, depthSlot));
        code.Branch(5, 0, temporary, bottom); // 0 >= what is left
        code.Jump(Link, w.Function(Index));
        code.Mark(bottom);
        w.Body(after);
        code.Emit(Rv.Ld(temporary, Registers.Frame, FrameSlots.StackPointer), Rv.Addi(temporary, temporary, -8));
        code.Emit(Rv.Sd(temporary, Registers.Frame, FrameSlots.StackPointer), Rv.Ld(Link, temporary, 0));
        Return(w);
    }
}
