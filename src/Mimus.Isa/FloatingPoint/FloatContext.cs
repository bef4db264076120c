using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Mimus.Isa.FloatingPoint;

/// <summary>What an operation reads (the rounding direction) and what it leaves behind (sticky exception flags).</summary>
/// <remarks>
/// IEEE 754-2019 leaves some choices to an architecture. This is RISC-V's choice, and each is made in one place of
/// <see cref="SoftFloat{TFormat}"/>, which is where a field of this struct will be asked once another architecture needs it:
/// which NaN results (<c>NaNResult</c>: the canonical one), tininess before or after rounding and flushing of
/// subnormal results (<c>RoundPackEdge</c>: after, never), flushing of subnormal operands (<c>Unpack</c>,
/// <c>Normalize</c>: never), and what an integer out of range becomes (<c>ToInteger</c>: saturation).
/// </remarks>
[SuppressMessage("Design", "CA1051", Justification = "Part of a CPU's state, which emitted code reads by offset.")]
public struct FloatContext(RoundingMode rounding, FloatFlags flags = FloatFlags.None)
{
    public RoundingMode Rounding = rounding;

    public FloatFlags Flags = flags;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Raise(FloatFlags raised) => Flags |= raised;

    /// <summary>Without a branch: whether results are exact is a property of data, and not predictable.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void RaiseInexactIf(bool inexact) => Flags |= (FloatFlags)(inexact ? 1 : 0);
}
