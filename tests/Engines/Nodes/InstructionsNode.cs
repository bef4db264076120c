using Mimus.Engines.Tests.Programs;
using Mimus.TestSupport.RiscV.Generation;

namespace Mimus.Engines.Tests.Nodes;

/// <summary>One instruction from the generator, or a few that belong together; one that jumps goes over some of the parts behind it.</summary>
internal sealed class InstructionsNode(IReadOnlyList<Instruction> instructions, int skipped) : Node
{
    public InstructionsNode(params ReadOnlySpan<uint> words) : this([.. words.ToArray().Select(w => new Instruction(w, 4, ""))], 0)
    {
    }

    public override long Cost => instructions.Count;

    public override void Write(ProgramWriter w, BodyPlace place)
    {
        foreach (var instruction in instructions) w.Code.Emit(instruction, instruction.IsJump ? place.After(skipped) : null);
    }
}
