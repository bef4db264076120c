namespace Mimus.Isa.FloatingPoint;

/// <summary>Comparisons of floating-point numbers; the quiet forms raise invalid for signalling NaNs only.</summary>
public enum FloatRelation : byte
{
    Equal,
    Less,
    LessOrEqual,
    LessQuiet,
    LessOrEqualQuiet,
}
