namespace Mimus.Isa.X86.Instructions;

/// <summary>How an operand of an x87 instruction is kept.</summary>
internal enum X87Format : byte
{
    Register,
    Single,
    Double,
    Int16,
    Int32,
    Int64,
}

/// <summary>What an x87 instruction does.</summary>
internal enum X87Operation : byte
{
    Add,
    Multiply,
    Subtract,
    SubtractReverse,
    Divide,
    DivideReverse,
    Compare,
    CompareQuiet,
    Store,
    Truncate,
    Exchange,
    Free,
    Move,
    MoveQuietly,
    Initialize,
    ClearExceptions,
    SetControl,
    GetControl,
    GetStatus,
    ChangeSign,
    Absolute,
    Test,
    Examine,
    LoadOne,
    LoadLog2Of10,
    LoadLog2OfE,
    LoadPi,
    LoadLog10Of2,
    LoadLogEOf2,
    LoadZero,
    SquareRoot,
    RoundToInteger,
    Scale,
    Remainder,
    RemainderNearest,
    Extract,
    DecrementTop,
    IncrementTop,
    Exponential,
    Logarithm,
    LogarithmPlusOne,
    Tangent,
    Arctangent,
    Sine,
    Cosine,
    SineCosine,
}

/// <summary>The fixed arguments of an x87 helper, in one number.</summary>
internal readonly struct X87Arguments(ulong packed)
{
    public X87Operation Operation => (X87Operation)(byte)packed;

    /// <summary>Numbers of stack registers.</summary>
    public int Target => (byte)(packed >> 8);

    public int Source => (byte)(packed >> 16);

    public X87Format Format => (X87Format)(byte)(packed >> 24);

    /// <summary>How many registers are popped.</summary>
    public int Pops => (byte)(packed >> 32);

    /// <summary>A comparison sets EFLAGS, not the condition bits.</summary>
    public bool ToFlags => (byte)(packed >> 40) != 0;

    public static ulong Pack(X87Operation operation, int target, int source, X87Format format, int pops, bool toFlags = false) =>
        (ulong)operation | ((ulong)(byte)target << 8) | ((ulong)(byte)source << 16) | ((ulong)format << 24) | ((ulong)(byte)pops << 32) | (toFlags ? 1ul << 40 : 0);
}
