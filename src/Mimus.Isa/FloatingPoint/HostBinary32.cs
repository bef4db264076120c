using System.Runtime.CompilerServices;

namespace Mimus.Isa.FloatingPoint;

/// <summary>The host's single-precision arithmetic behind <see cref="FloatArithmetic{TFormat}"/>.</summary>
/// <remarks>
/// Exactness is decided in double precision, where a product of two singles (48 bits) is exact. Results are cast to
/// <c>float</c> explicitly: C# lets an implementation carry more precision than that otherwise.
/// </remarks>
internal static class HostBinary32
{
    private const uint SignBit = 1U << 31;
    private const uint Infinity = 0xFFU << 23;

    /// <summary>The successor of the least normal number, which itself may be the rounding of something tiny.</summary>
    private const uint LeastOrdinary = (1U << 23) + 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Add(ulong a, ulong b, ref FloatContext context)
    {
        float x = Value(a);
        float y = Value(b);
        float sum = (float)(x + y);
        uint result = Bits(sum);
        if (context.Rounding != RoundingMode.NearestEven || !IsFinite(result)) return SoftFloat<Binary32>.Add(a, b, ref context);
        if ((context.Flags & FloatFlags.Inexact) == 0) context.RaiseInexactIf(SumError((uint)a, (uint)b, sum) != 0);
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Subtract(ulong a, ulong b, ref FloatContext context)
    {
        float x = Value(a);
        float y = Value(b);
        float difference = (float)(x - y);
        uint result = Bits(difference);
        if (context.Rounding != RoundingMode.NearestEven || !IsFinite(result)) return SoftFloat<Binary32>.Subtract(a, b, ref context);
        if ((context.Flags & FloatFlags.Inexact) == 0) context.RaiseInexactIf(SumError((uint)a, (uint)b ^ SignBit, difference) != 0);
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Multiply(ulong a, ulong b, ref FloatContext context)
    {
        float x = Value(a);
        float y = Value(b);
        float product = (float)(x * y);
        uint result = Bits(product);
        if (context.Rounding == RoundingMode.NearestEven)
        {
            if (IsOrdinary(result))
            {
                if ((context.Flags & FloatFlags.Inexact) == 0) context.RaiseInexactIf(product != (double)x * y);
                return result;
            }

            if (IsFinite(result) && (IsZero(a) || IsZero(b))) return result;
        }

        return SoftFloat<Binary32>.Multiply(a, b, ref context);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Divide(ulong a, ulong b, ref FloatContext context)
    {
        float x = Value(a);
        float y = Value(b);
        float quotient = (float)(x / y);
        uint result = Bits(quotient);
        if (context.Rounding == RoundingMode.NearestEven)
        {
            if (IsOrdinary(result))
            {
                if ((context.Flags & FloatFlags.Inexact) == 0) context.RaiseInexactIf((double)quotient * y != x);
                return result;
            }

            // Zero by a number or infinity; by zero or NaN it would be NaN.
            if (IsZero(a) && IsZero(result)) return result;
        }

        return SoftFloat<Binary32>.Divide(a, b, ref context);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong SquareRoot(ulong a, ref FloatContext context)
    {
        // A negative operand is above infinity here; no root is near a border of the range.
        if (context.Rounding == RoundingMode.NearestEven && a < Infinity)
        {
            float x = Value(a);
            float root = MathF.Sqrt(x);
            if ((context.Flags & FloatFlags.Inexact) == 0) context.RaiseInexactIf((double)root * root != x);
            return Bits(root);
        }

        return SoftFloat<Binary32>.SquareRoot(a, ref context);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong MultiplyAdd(ulong a, ulong b, ulong c, ref FloatContext context)
    {
        if (HostBinary64.HasFusedMultiplyAdd && context.Rounding == RoundingMode.NearestEven)
        {
            float x = Value(a);
            float y = Value(b);
            float z = Value(c);
            float sum = MathF.FusedMultiplyAdd(x, y, z);
            uint result = Bits(sum);
            if (IsOrdinary(result))
            {
                if ((context.Flags & FloatFlags.Inexact) == 0) context.RaiseInexactIf(IsInexact(x, y, z, sum));
                return result;
            }

            if (IsFinite(result) && (IsZero(a) || IsZero(b))) return result;
        }

        return SoftFloat<Binary32>.MultiplyAdd(a, b, c, ref context);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ConvertFromBinary64(ulong value, ref FloatContext context)
    {
        double number = BitConverter.UInt64BitsToDouble(value);
        float rounded = (float)number;
        uint result = Bits(rounded);
        if (context.Rounding == RoundingMode.NearestEven)
        {
            if (IsOrdinary(result))
            {
                context.RaiseInexactIf(rounded != number);
                return result;
            }

            if (value << 1 == 0) return result;
        }

        return SoftFloat<Binary32>.ConvertFrom<Binary64>(value, ref context);
    }

    /// <summary>
    /// The product is exact in double precision and the sum's error term there tells whether the sum is: if not, it is no
    /// single either; if so, it is the true sum, to which the result compares.
    /// </summary>
    private static bool IsInexact(float x, float y, float z, float result)
    {
        double product = (double)x * y;
        double sum = product + z;
        double error = Math.Abs(product) >= Math.Abs(z) ? z - (sum - product) : product - (sum - z);
        return error != 0 || sum != result;
    }

    /// <summary>
    /// The error of a finite rounded sum: Fast2Sum (Dekker 1971), exact and free of overflow if the larger magnitude leads,
    /// which is decided in integers, without a branch that data would mislead.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SumError(uint a, uint b, float sum)
    {
        uint large = b ^ ((a ^ b) & (0U - (a << 1 >= b << 1 ? 1U : 0U)));
        return (float)(Value(a ^ b ^ large) - (float)(sum - Value(large)));
    }

    /// <summary>Finite and above the least normal number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsOrdinary(uint bits) => (bits & ~SignBit) - LeastOrdinary < Infinity - LeastOrdinary;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsFinite(uint bits) => (bits & Infinity) != Infinity;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsZero(ulong bits) => (uint)bits << 1 == 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Value(ulong bits) => BitConverter.UInt32BitsToSingle((uint)bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Bits(float value) => BitConverter.SingleToUInt32Bits(value);
}
