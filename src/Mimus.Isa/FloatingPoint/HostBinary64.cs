using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Mimus.Isa.FloatingPoint;

/// <summary>The host's double-precision arithmetic behind <see cref="FloatArithmetic{TFormat}"/>.</summary>
/// <remarks>
/// Infinite and NaN operands need no test of their own: with one of them a result is infinite or NaN too, which the test of
/// the result catches, except for a quotient by infinity, which is zero and so outside <see cref="IsOrdinary"/>.
/// </remarks>
internal static class HostBinary64
{
    private const ulong SignBit = 1UL << 63;
    private const ulong Infinity = 0x7FFUL << 52;

    /// <summary>2^-960.</summary>
    private const ulong LeastOrdinary = (1023UL - 960) << 52;

    /// <summary>Without such an instruction .NET's software replacement is slower than <see cref="SoftFloat{TFormat}"/>.</summary>
    internal static bool HasFusedMultiplyAdd => Fma.IsSupported || AdvSimd.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Add(ulong a, ulong b, ref FloatContext context)
    {
        double x = Value(a);
        double y = Value(b);
        double sum = x + y;
        ulong result = Bits(sum);
        // A sum below the normal range is exact, both operands being multiples of the least subnormal: no underflow.
        if (context.Rounding != RoundingMode.NearestEven || !IsFinite(result)) return SoftFloat<Binary64>.Add(a, b, ref context);
        if ((context.Flags & FloatFlags.Inexact) == 0) context.RaiseInexactIf(SumError(a, b, sum) != 0);
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Subtract(ulong a, ulong b, ref FloatContext context)
    {
        double x = Value(a);
        double y = Value(b);
        double difference = x - y;
        ulong result = Bits(difference);
        if (context.Rounding != RoundingMode.NearestEven || !IsFinite(result)) return SoftFloat<Binary64>.Subtract(a, b, ref context);
        if ((context.Flags & FloatFlags.Inexact) == 0) context.RaiseInexactIf(SumError(a, b ^ SignBit, difference) != 0);
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Multiply(ulong a, ulong b, ref FloatContext context)
    {
        double x = Value(a);
        double y = Value(b);
        double product = x * y;
        ulong result = Bits(product);
        if (context.Rounding == RoundingMode.NearestEven)
        {
            if (IsOrdinary(result))
            {
                if ((context.Flags & FloatFlags.Inexact) != 0) return result;
                if (HasFusedMultiplyAdd)
                {
                    context.RaiseInexactIf(ProductError(x, y, product) != 0);
                    return result;
                }
            }
            else if (IsFinite(result) && (IsZero(a) || IsZero(b)))
            {
                return result;
            }
        }

        return SoftFloat<Binary64>.Multiply(a, b, ref context);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Divide(ulong a, ulong b, ref FloatContext context)
    {
        double x = Value(a);
        double y = Value(b);
        double quotient = x / y;
        ulong result = Bits(quotient);
        if (context.Rounding == RoundingMode.NearestEven)
        {
            if (IsOrdinary(result) && IsOrdinary(a))
            {
                if ((context.Flags & FloatFlags.Inexact) != 0) return result;
                if (HasFusedMultiplyAdd)
                {
                    // The remainder x - q*y is a multiple of ulp(q)*ulp(y), which is at least |x| * 2^-106 and so, with x
                    // ordinary, above the least subnormal 2^-1074: it cannot round to zero without being zero.
                    context.RaiseInexactIf(Math.FusedMultiplyAdd(-quotient, y, x) != 0);
                    return result;
                }
            }
            else if (IsZero(a) && IsZero(result))
            {
                // Zero by a number or infinity; by zero or NaN it would be NaN.
                return result;
            }
        }

        return SoftFloat<Binary64>.Divide(a, b, ref context);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong SquareRoot(ulong a, ref FloatContext context)
    {
        // A negative operand is above infinity here.
        if (context.Rounding == RoundingMode.NearestEven && a - LeastOrdinary < Infinity - LeastOrdinary)
        {
            double x = Value(a);
            double root = Math.Sqrt(x);
            if ((context.Flags & FloatFlags.Inexact) != 0) return Bits(root);
            if (HasFusedMultiplyAdd)
            {
                // As for a quotient: the remainder is a multiple of ulp(root)^2, at least x * 2^-106.
                context.RaiseInexactIf(Math.FusedMultiplyAdd(-root, root, x) != 0);
                return Bits(root);
            }
        }

        return SoftFloat<Binary64>.SquareRoot(a, ref context);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong MultiplyAdd(ulong a, ulong b, ulong c, ref FloatContext context)
    {
        if (HasFusedMultiplyAdd && context.Rounding == RoundingMode.NearestEven)
        {
            double x = Value(a);
            double y = Value(b);
            double z = Value(c);
            double sum = Math.FusedMultiplyAdd(x, y, z);
            ulong result = Bits(sum);
            if (IsOrdinary(result))
            {
                if ((context.Flags & FloatFlags.Inexact) != 0 || TryRaiseInexact(x, y, z, sum, ref context)) return result;
            }
            else if (IsFinite(result) && (IsZero(a) || IsZero(b)))
            {
                return result;
            }
        }

        return SoftFloat<Binary64>.MultiplyAdd(a, b, c, ref context);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ConvertFromBinary32(ulong value, ref FloatContext context)
    {
        // Every single-precision number is a double-precision one: exact in all rounding directions.
        float number = BitConverter.UInt32BitsToSingle((uint)value);
        return float.IsNaN(number) ? SoftFloat<Binary64>.ConvertFrom<Binary32>(value, ref context) : Bits(number);
    }

    /// <summary>Raises Inexact if it is due; false if that is not decided.</summary>
    private static bool TryRaiseInexact(double x, double y, double z, double result, ref FloatContext context)
    {
        double product = x * y;
        // Zero operands aside, an ordinary product is what makes its error term exact.
        if (!IsOrdinary(Bits(product)) && x != 0 && y != 0) return false;
        double productError = ProductError(x, y, product);
        if (productError == 0)
        {
            // The product is exact, so this was the rounding of a sum of two numbers.
            context.RaiseInexactIf(SumError(Bits(product), Bits(z), result) != 0);
            return true;
        }

        // A product that takes more than 53 bits can still come to an exact sum by cancellation: too rare for cleverness.
        return false;
    }

    /// <summary>
    /// The error of a finite rounded sum: Fast2Sum (Dekker 1971), exact and free of overflow if the larger magnitude leads,
    /// which is decided in integers, without a branch that data would mislead.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double SumError(ulong a, ulong b, double sum)
    {
        ulong large = b ^ ((a ^ b) & (0UL - (a << 1 >= b << 1 ? 1UL : 0UL)));
        return Value(a ^ b ^ large) - (sum - Value(large));
    }

    /// <summary>
    /// The error of a rounded product. It is a multiple of ulp(x)*ulp(y), at least |x*y| * 2^-106, and of 53 bits: with an
    /// ordinary product it lies above the least subnormal 2^-1074 and so is itself a double.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double ProductError(double x, double y, double product) => Math.FusedMultiplyAdd(x, y, -product);

    /// <summary>Finite and of a magnitude of 2^-960 at least: so far above the subnormals that error terms are representable.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsOrdinary(ulong bits) => (bits & ~SignBit) - LeastOrdinary < Infinity - LeastOrdinary;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsFinite(ulong bits) => (bits & Infinity) != Infinity;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsZero(ulong bits) => bits << 1 == 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Value(ulong bits) => BitConverter.UInt64BitsToDouble(bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Bits(double value) => BitConverter.DoubleToUInt64Bits(value);
}
