namespace Mimus.Isa.X86;

/// <summary>
/// What the arithmetic flags come from. Each kind has up to three values, zero-extended from the width, which
/// <see cref="Instructions.FlagFormulas{TOps, V}"/> turns into flags.
/// </summary>
public enum FlagKind
{
    /// <summary>X: the flags themselves, at their places in EFLAGS.</summary>
    Eager,

    /// <summary>X: the sum, Y: an addend.</summary>
    Add,

    /// <summary>X: the minuend, Y: the subtrahend.</summary>
    Subtract,

    /// <summary>X: the sum of Y, Z and a carry.</summary>
    AddCarry,

    /// <summary>X: the difference of Z and Y with a borrow.</summary>
    SubtractBorrow,

    /// <summary>X: the result; carry and overflow are clear.</summary>
    Logic,

    /// <summary>X: the result, Y: the carry from before.</summary>
    Increment,

    /// <summary>X: the result, Y: the carry from before.</summary>
    Decrement,

    /// <summary>X: the result, Y: the operand shifted by one place less.</summary>
    ShiftLeft,

    /// <summary>X: the result, Y: the operand shifted by one place less.</summary>
    ShiftRight,
}
