namespace Mimus.Isa.FloatingPoint;

/// <summary>A binary interchange format with an implicit leading bit (IEEE 754-2019, 3.4): the widths of its fields say all.</summary>
/// <remarks>
/// Implementations are empty structs, so that the .NET JIT specialises <see cref="SoftFloat{TFormat}"/> for each and folds
/// every mask and shift to a constant.
/// </remarks>
public interface IFloatFormat
{
    static abstract int ExponentBits { get; }

    /// <summary>The bits of the trailing significand: the precision without the implicit leading bit.</summary>
    static abstract int FractionBits { get; }
}
