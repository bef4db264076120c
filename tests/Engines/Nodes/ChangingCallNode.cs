using Mimus.Engines.Tests.Programs;
using Mimus.TestSupport.RiscV;

namespace Mimus.Engines.Tests.Nodes;

/// <summary>A call of the function that <see cref="EntryNode"/> exchanges for another.</summary>
internal sealed class ChangingCallNode(int temporary) : Node
{
    public override bool IsCall => true;

    public override long Cost => 8;

    public override void Write(ProgramWriter w, BodyPlace place)
    {
        w.Code.Li(temporary, w.Space.Code + (ProgramLayout.CodePages * ProgramLayout.PageSize));
        w.Code.Emit(Rv.Jalr(Registers.Link, temporary, 0));
    }
}
