using Mimus.Isa;

namespace Mimus.Translation.Evaluator;

/// <summary>What the evaluator asks of an instruction set whose instructions are 2 or 4 bytes long.</summary>
internal unsafe interface IEvaluatedIsa
{
    /// <summary>The length, in bytes, of the instruction that begins with these two bytes.</summary>
    static abstract int Length(ushort first);

    /// <summary>Decodes an instruction; the handler of one that does not exist raises the trap.</summary>
    static abstract DecodedInstruction Decode(EmulatedCpu cpu, uint word, int length);

    /// <summary>The name of an instruction, for traces.</summary>
    static abstract string Name(EmulatedCpu cpu, uint word, int length);
}
