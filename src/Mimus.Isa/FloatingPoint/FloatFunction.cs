namespace Mimus.Isa.FloatingPoint;

/// <summary>Floating-point operations that are not worth an operation of their own to an engine.</summary>
public enum FloatFunction : byte
{
    Minimum,
    Maximum,

    /// <summary>NaN where either operand is one.</summary>
    MinimumM,
    MaximumM,

    /// <summary>The mask of the operand's class.</summary>
    Classify,

    /// <summary>To an integral value, without raising inexact.</summary>
    Round,
    RoundExact,

    /// <summary>To a 32-bit integer modulo 2^32, sign-extended.</summary>
    ToInt32Modular,
}
