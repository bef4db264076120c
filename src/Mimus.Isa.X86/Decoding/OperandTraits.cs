namespace Mimus.Isa.X86;

/// <summary>What decoding found out about an instruction, and what the mode decides of it.</summary>
[Flags]
public enum OperandTraits : ushort
{
    None = 0,

    /// <summary>The first operand is in memory.</summary>
    TargetMemory = 1,

    /// <summary>The second or a later operand is in memory.</summary>
    SourceMemory = 2,

    /// <summary>The second operand is the immediate.</summary>
    SourceImmediate = 4,

    /// <summary>The instruction has an immediate.</summary>
    HasImmediate = 8,

    /// <summary>The segment's base is 0 and what it allows is all there is: offsets are linear addresses.</summary>
    Plain = 16,

    /// <summary>64-bit mode: segments have no limits.</summary>
    Long = 32,

    /// <summary>The displacement counts from the next instruction.</summary>
    Relative = 64,

    /// <summary>REP or REPE.</summary>
    Repeat = 128,

    /// <summary>REPNE.</summary>
    RepeatUnequal = 256,

    Lock = 512,

    /// <summary>CS, DS, ES and SS are all plain in the same sense.</summary>
    Flat = 1024,

    /// <summary>Vector instructions: encoded with VEX, so that the bits above the result become 0.</summary>
    Vex = 2048,

    /// <summary>An operand is an MMX register.</summary>
    Mmx = 4096,
}
