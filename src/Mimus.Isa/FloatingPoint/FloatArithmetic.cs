using System.Runtime.CompilerServices;

namespace Mimus.Isa.FloatingPoint;

/// <summary>
/// The arithmetic of hot paths: the values and flags of <see cref="SoftFloat{TFormat}"/>, by the host's own instructions
/// where those give exactly the same.
/// </summary>
/// <remarks>
/// <para>.NET computes in round-to-nearest-even and does not show the host's flags. So the host serves when the context rounds
/// to nearest even, the operands are finite, and the result cannot have overflowed or underflowed: then Inexact is the only
/// flag in question, and that only while it is not set already. It is settled by an error term that is zero exactly when the
/// result is exact; each method says why that holds.</para>
/// <para>This relies on the host's default floating-point control: code that changes it (emitted code that runs a guest's
/// rounding mode) restores it before it calls here. <see cref="SoftFloat{TFormat}"/> works under any.</para>
/// </remarks>
public static class FloatArithmetic<TFormat>
    where TFormat : struct, IFloatFormat
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Add(ulong a, ulong b, ref FloatContext context)
    {
        if (typeof(TFormat) == typeof(Binary64)) return HostBinary64.Add(a, b, ref context);
        if (typeof(TFormat) == typeof(Binary32)) return HostBinary32.Add(a, b, ref context);
        return SoftFloat<TFormat>.Add(a, b, ref context);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Subtract(ulong a, ulong b, ref FloatContext context)
    {
        if (typeof(TFormat) == typeof(Binary64)) return HostBinary64.Subtract(a, b, ref context);
        if (typeof(TFormat) == typeof(Binary32)) return HostBinary32.Subtract(a, b, ref context);
        return SoftFloat<TFormat>.Subtract(a, b, ref context);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Multiply(ulong a, ulong b, ref FloatContext context)
    {
        if (typeof(TFormat) == typeof(Binary64)) return HostBinary64.Multiply(a, b, ref context);
        if (typeof(TFormat) == typeof(Binary32)) return HostBinary32.Multiply(a, b, ref context);
        return SoftFloat<TFormat>.Multiply(a, b, ref context);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Divide(ulong a, ulong b, ref FloatContext context)
    {
        if (typeof(TFormat) == typeof(Binary64)) return HostBinary64.Divide(a, b, ref context);
        if (typeof(TFormat) == typeof(Binary32)) return HostBinary32.Divide(a, b, ref context);
        return SoftFloat<TFormat>.Divide(a, b, ref context);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong SquareRoot(ulong a, ref FloatContext context)
    {
        if (typeof(TFormat) == typeof(Binary64)) return HostBinary64.SquareRoot(a, ref context);
        if (typeof(TFormat) == typeof(Binary32)) return HostBinary32.SquareRoot(a, ref context);
        return SoftFloat<TFormat>.SquareRoot(a, ref context);
    }

    /// <summary><c>a * b + c</c>, rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong MultiplyAdd(ulong a, ulong b, ulong c, ref FloatContext context)
    {
        if (typeof(TFormat) == typeof(Binary64)) return HostBinary64.MultiplyAdd(a, b, c, ref context);
        if (typeof(TFormat) == typeof(Binary32)) return HostBinary32.MultiplyAdd(a, b, c, ref context);
        return SoftFloat<TFormat>.MultiplyAdd(a, b, c, ref context);
    }

    /// <summary>A value of another format in this one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ConvertFrom<TSource>(ulong value, ref FloatContext context)
        where TSource : struct, IFloatFormat
    {
        if (typeof(TFormat) == typeof(Binary64) && typeof(TSource) == typeof(Binary32))
        {
            return HostBinary64.ConvertFromBinary32(value, ref context);
        }

        if (typeof(TFormat) == typeof(Binary32) && typeof(TSource) == typeof(Binary64))
        {
            return HostBinary32.ConvertFromBinary64(value, ref context);
        }

        return SoftFloat<TFormat>.ConvertFrom<TSource>(value, ref context);
    }
}
