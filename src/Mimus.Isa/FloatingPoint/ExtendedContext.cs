namespace Mimus.Isa.FloatingPoint;

/// <summary>What an operation on <see cref="ExtendedFloat"/> reads, and the exceptions it leaves.</summary>
/// <param name="rounding">The rounding direction.</param>
/// <param name="precision">How many bits of significand results have: 24, 53 or 64.</param>
public struct ExtendedContext(RoundingMode rounding, int precision)
{
    public readonly RoundingMode Rounding => rounding;

    public readonly int Precision => precision;

    /// <summary>The exceptions of IEEE 754.</summary>
    public FloatFlags Flags { get; private set; }

    /// <summary>An operand was denormal.</summary>
    public bool HadDenormal { get; private set; }

    /// <summary>The last rounding went away from zero.</summary>
    public bool RoundedUp { get; private set; }

    public void Raise(FloatFlags flags) => Flags |= flags;

    public void NoteDenormal() => HadDenormal = true;

    /// <summary>With a NaN beside it, a denormal operand is no exception.</summary>
    internal void ForgetDenormal() => HadDenormal = false;

    internal void NoteRounding(bool up) => RoundedUp = up;
}
