using Mimus.Engines.Tests.Programs;
using Mimus.TestSupport.RiscV;

namespace Mimus.Engines.Tests.Nodes;

/// <summary>A register gets a constant.</summary>
internal sealed class ConstantNode(int rd, ulong value) : Node
{
    public override void Write(ProgramWriter w, BodyPlace place) => w.Code.Li(rd, value);
}

/// <summary>Registers get other values in each iteration, so that results do not settle: loads from the page of constants.</summary>
/// <param name="temporary">A free register.</param>
/// <param name="shift">How far apart the iterations read.</param>
/// <param name="loads">Loads relative to the temporary register, which come last.</param>
internal sealed class FreshValuesNode(int temporary, int shift, uint[] loads) : Node
{
    public override long Cost => 3 + loads.Length;

    public override void Write(ProgramWriter w, BodyPlace place)
    {
        w.Code.Emit(Rv.Slli(temporary, Registers.Iterations, shift), Rv.Andi(temporary, temporary, 0x7f8), Rv.Add(temporary, temporary, Registers.Constants));
        w.Code.Emit(loads);
    }
}

/// <summary>A pointer register moves on with the iterations, inside a range.</summary>
internal sealed class PointerNode(int pointer, int temporary, ulong start, ulong stride, ulong mask) : Node
{
    public override long Cost => 8;

    public override void Write(ProgramWriter w, BodyPlace place)
    {
        w.Code.Li(temporary, stride);
        w.Code.Emit(Rv.R(1, Registers.Iterations, temporary, 0, temporary, 0x33)); // mul
        w.Code.Li(pointer, mask);
        w.Code.Emit(Rv.R(0, pointer, temporary, 7, temporary, 0x33)); // and
        w.Code.Li(pointer, start);
        w.Code.Emit(Rv.Add(pointer, pointer, temporary));
    }
}
