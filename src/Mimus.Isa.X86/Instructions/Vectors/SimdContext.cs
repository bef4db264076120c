using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa.X86.Instructions;

/// <summary>What MXCSR says (SDM volume 1, 10.2.3), and the exceptions that come together while an instruction runs.</summary>
internal struct SimdContext(ulong control)
{
    public const ulong Invalid = 1, Denormal = 2, ZeroDivide = 4, Overflow = 8, Underflow = 16, Precision = 32;

    private const ulong AllExceptions = 63, DenormalsAreZero = 64, FlushToZeroBit = 0x8000;
    private const int MaskShift = 7, RoundingShift = 13;

    private RoundingMode? OwnRounding { get; init; }

    private bool KeepsResults { get; init; }

    /// <summary>The exceptions so far.</summary>
    public ulong Raised { get; private set; }

    public readonly RoundingMode Rounding => OwnRounding ?? ToMode((int)(control >> RoundingShift) & 3);

    public readonly bool FlushesInputs => (control & DenormalsAreZero) != 0;

    /// <summary>Results too small become 0, unless the exception is wanted.</summary>
    public readonly bool FlushesResults => !KeepsResults && (control & FlushToZeroBit) != 0 && (control & (Underflow << MaskShift)) != 0;

    /// <summary>Whether an exception was raised that is not masked.</summary>
    public readonly bool MustTrap => (Raised & ~(control >> MaskShift) & AllExceptions) != 0;

    /// <summary>The same with a rounding of the instruction's own, for results that are never flushed.</summary>
    public readonly SimdContext WithRounding(RoundingMode mode) => this with { OwnRounding = mode, KeepsResults = true };

    public void Raise(ulong exceptions) => Raised |= exceptions;

    public void Raise(FloatFlags flags) => Raised |= ((flags & FloatFlags.Invalid) != 0 ? Invalid : 0) | ((flags & FloatFlags.DivideByZero) != 0 ? ZeroDivide : 0)
        | ((flags & FloatFlags.Overflow) != 0 ? Overflow : 0) | ((flags & FloatFlags.Underflow) != 0 ? Underflow : 0) | ((flags & FloatFlags.Inexact) != 0 ? Precision : 0);

    /// <summary>The manual's two bits of rounding control.</summary>
    public static RoundingMode ToMode(int control) => control switch
    {
        0 => RoundingMode.NearestEven,
        1 => RoundingMode.Down,
        2 => RoundingMode.Up,
        _ => RoundingMode.TowardZero,
    };
}
