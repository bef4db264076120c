using System.Numerics;
using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa.Tests.FloatingPoint;

/// <summary>Conversions and rounding to integers against the host's processor.</summary>
public sealed class HostConversionTests
{
    private const int Cases = 60_000;

    // What x86 stores for a number out of range or a NaN (Intel SDM volume 1, 4.8.3.8, "integer indefinite").
    private const ulong Indefinite32 = 0x80000000;
    private const ulong Indefinite64 = 0x8000000000000000;

    public static TheoryData<RoundingMode> Modes() => [.. Check.HostModes];

    [HostTheory]
    [MemberData(nameof(Modes))]
    public void Between_formats(RoundingMode mode)
    {
        CompareFormats<Binary32, Binary64>(HostOperation.DoubleToSingle, mode, uint.MaxValue);
        CompareFormats<Binary64, Binary32>(HostOperation.SingleToDouble, mode, ulong.MaxValue);
        CompareFormats<Binary16, Binary32>(HostOperation.SingleToHalf, mode, ushort.MaxValue);
        CompareFormats<Binary32, Binary16>(HostOperation.HalfToSingle, mode, uint.MaxValue);
    }

    [HostTheory]
    [MemberData(nameof(Modes))]
    public void To_signed_integers(RoundingMode mode)
    {
        CompareToInteger<Binary64>(HostOperation.DoubleToInt32, mode, mode, Indefinite32, int.MinValue, int.MaxValue, Int32<Binary64>);
        CompareToInteger<Binary64>(HostOperation.DoubleToInt64, mode, mode, Indefinite64, long.MinValue, long.MaxValue, Int64<Binary64>);
        CompareToInteger<Binary32>(HostOperation.SingleToInt32, mode, mode, Indefinite32, int.MinValue, int.MaxValue, Int32<Binary32>);
        CompareToInteger<Binary32>(HostOperation.SingleToInt64, mode, mode, Indefinite64, long.MinValue, long.MaxValue, Int64<Binary32>);

        // The truncating instructions have their rounding direction built in, whatever MXCSR says.
        const RoundingMode Truncate = RoundingMode.TowardZero;
        CompareToInteger<Binary64>(HostOperation.DoubleToInt32Truncating, mode, Truncate, Indefinite32, int.MinValue, int.MaxValue,
            Int32<Binary64>);
        CompareToInteger<Binary64>(HostOperation.DoubleToInt64Truncating, mode, Truncate, Indefinite64, long.MinValue, long.MaxValue,
            Int64<Binary64>);
        CompareToInteger<Binary32>(HostOperation.SingleToInt32Truncating, mode, Truncate, Indefinite32, int.MinValue, int.MaxValue,
            Int32<Binary32>);
        CompareToInteger<Binary32>(HostOperation.SingleToInt64Truncating, mode, Truncate, Indefinite64, long.MinValue, long.MaxValue,
            Int64<Binary32>);
    }

    [HostTheory(Unsigned = true)]
    [MemberData(nameof(Modes))]
    public void To_unsigned_integers(RoundingMode mode)
    {
        // AVX-512's indefinite unsigned integer is all ones.
        CompareToInteger<Binary64>(HostOperation.DoubleToUInt32, mode, mode, uint.MaxValue, 0, uint.MaxValue, UInt32<Binary64>);
        CompareToInteger<Binary64>(HostOperation.DoubleToUInt64, mode, mode, ulong.MaxValue, 0, ulong.MaxValue, UInt64<Binary64>);
        CompareToInteger<Binary32>(HostOperation.SingleToUInt32, mode, mode, uint.MaxValue, 0, uint.MaxValue, UInt32<Binary32>);
        CompareToInteger<Binary32>(HostOperation.SingleToUInt64, mode, mode, ulong.MaxValue, 0, ulong.MaxValue, UInt64<Binary32>);
    }

    [HostTheory]
    [MemberData(nameof(Modes))]
    public void From_signed_integers(RoundingMode mode)
    {
        CompareFromInteger(HostOperation.Int32ToDouble, mode, ulong.MaxValue,
            (a, _, _, ref c) => SoftFloat<Binary64>.FromInt32((int)a, ref c));
        CompareFromInteger(HostOperation.Int64ToDouble, mode, ulong.MaxValue,
            (a, _, _, ref c) => SoftFloat<Binary64>.FromInt64((long)a, ref c));
        CompareFromInteger(HostOperation.Int32ToSingle, mode, uint.MaxValue,
            (a, _, _, ref c) => SoftFloat<Binary32>.FromInt32((int)a, ref c));
        CompareFromInteger(HostOperation.Int64ToSingle, mode, uint.MaxValue,
            (a, _, _, ref c) => SoftFloat<Binary32>.FromInt64((long)a, ref c));
    }

    [HostTheory(Unsigned = true)]
    [MemberData(nameof(Modes))]
    public void From_unsigned_integers(RoundingMode mode)
    {
        CompareFromInteger(HostOperation.UInt32ToDouble, mode, ulong.MaxValue,
            (a, _, _, ref c) => SoftFloat<Binary64>.FromUInt32((uint)a, ref c));
        CompareFromInteger(HostOperation.UInt64ToDouble, mode, ulong.MaxValue,
            (a, _, _, ref c) => SoftFloat<Binary64>.FromUInt64(a, ref c));
        CompareFromInteger(HostOperation.UInt32ToSingle, mode, uint.MaxValue,
            (a, _, _, ref c) => SoftFloat<Binary32>.FromUInt32((uint)a, ref c));
        CompareFromInteger(HostOperation.UInt64ToSingle, mode, uint.MaxValue, (a, _, _, ref c) => SoftFloat<Binary32>.FromUInt64(a, ref c));
    }

    [HostTheory]
    [MemberData(nameof(Modes))]
    public void To_integral_values(RoundingMode mode)
    {
        Compare<Binary64, Binary64>(HostOperation.RoundDouble, mode, ulong.MaxValue,
            (a, _, _, ref c) => SoftFloat<Binary64>.RoundToIntegral(a, ref c));
        Compare<Binary64, Binary64>(HostOperation.RoundDoubleExact, mode, ulong.MaxValue,
            (a, _, _, ref c) => SoftFloat<Binary64>.RoundToIntegralExact(a, ref c));
        Compare<Binary32, Binary32>(HostOperation.RoundSingle, mode, uint.MaxValue,
            (a, _, _, ref c) => SoftFloat<Binary32>.RoundToIntegral(a, ref c));
        Compare<Binary32, Binary32>(HostOperation.RoundSingleExact, mode, uint.MaxValue,
            (a, _, _, ref c) => SoftFloat<Binary32>.RoundToIntegralExact(a, ref c));
    }

    private static ulong Int32<T>(ulong a, ulong b, ulong c, ref FloatContext context)
        where T : struct, IFloatFormat => (uint)SoftFloat<T>.ToInt32(a, ref context);

    private static ulong Int64<T>(ulong a, ulong b, ulong c, ref FloatContext context)
        where T : struct, IFloatFormat => (ulong)SoftFloat<T>.ToInt64(a, ref context);

    private static ulong UInt32<T>(ulong a, ulong b, ulong c, ref FloatContext context)
        where T : struct, IFloatFormat => SoftFloat<T>.ToUInt32(a, ref context);

    private static ulong UInt64<T>(ulong a, ulong b, ulong c, ref FloatContext context)
        where T : struct, IFloatFormat => SoftFloat<T>.ToUInt64(a, ref context);

    private static void CompareFormats<TTarget, TSource>(HostOperation operation, RoundingMode mode, ulong mask)
        where TTarget : struct, IFloatFormat
        where TSource : struct, IFloatFormat =>
        Compare<TTarget, TSource>(operation, mode, mask, (a, _, _, ref context) => SoftFloat<TTarget>.ConvertFrom<TSource>(a, ref context));

    private static void Compare<TTarget, TSource>(HostOperation operation, RoundingMode mode, ulong mask, FloatOperation soft)
        where TTarget : struct, IFloatFormat
        where TSource : struct, IFloatFormat
    {
        var generator = new OperandGenerator<TSource>(Check.SeedFor((int)operation, (int)mode));
        for (int i = 0; i < Cases; i++)
        {
            ulong a = generator.Next();
            ulong expected = HostFpu.Run(operation, mode, a, 0, 0, out FloatFlags expectedFlags) & mask;
            // x86 keeps a NaN's sign and payload; RISC-V's result is always the canonical NaN.
            if (SoftFloat<TTarget>.IsNaN(expected)) expected = SoftFloat<TTarget>.CanonicalNaN;
            var context = new FloatContext(mode);
            ulong actual = soft(a, 0, 0, ref context);
            Check.Same(operation.ToString(), mode, a, 0, 0, actual, context.Flags, expected, expectedFlags);
        }
    }

    private static void CompareToInteger<TFormat>(
        HostOperation operation, RoundingMode hostMode, RoundingMode mode,
        ulong indefinite, BigInteger minimum, BigInteger maximum, FloatOperation soft)
        where TFormat : struct, IFloatFormat
    {
        ulong mask = indefinite <= uint.MaxValue ? uint.MaxValue : ulong.MaxValue;
        var generator = new OperandGenerator<TFormat>(Check.SeedFor((int)operation, (int)hostMode));
        for (int i = 0; i < Cases; i++)
        {
            ulong a = generator.Next();
            ulong expected = HostFpu.Run(operation, hostMode, a, 0, 0, out FloatFlags expectedFlags) & mask;
            if ((expectedFlags & FloatFlags.Invalid) != 0)
            {
                // The one result of x86 stands for RISC-V's two: the limit on the side of the operand's sign, the upper one for NaN.
                Assert.Equal(indefinite, expected);
                bool lower = !SoftFloat<TFormat>.IsNaN(a) && (a & SoftFloat<TFormat>.SignBit) != 0;
                expected = (ulong)((lower ? minimum : maximum) & mask);
            }

            var context = new FloatContext(mode);
            ulong actual = soft(a, 0, 0, ref context);
            Check.Same(operation.ToString(), mode, a, 0, 0, actual, context.Flags, expected, expectedFlags);
        }
    }

    private static void CompareFromInteger(HostOperation operation, RoundingMode mode, ulong mask, FloatOperation soft)
    {
        var generator = new OperandGenerator<Binary64>(Check.SeedFor((int)operation, (int)mode));
        for (int i = 0; i < Cases; i++)
        {
            ulong a = generator.Below(4) switch
            {
                0 => generator.Bits(),
                1 => (ulong)((long)generator.Bits() >> generator.Below(64)),
                2 => generator.Bits() & (ulong.MaxValue << generator.Below(64)),
                // Near a power of two, where ties and carries are.
                _ => (1UL << generator.Below(64)) + (1UL << generator.Below(64)) + (ulong)generator.Below(5) - 2,
            };
            ulong expected = HostFpu.Run(operation, mode, a, 0, 0, out FloatFlags expectedFlags) & mask;
            var context = new FloatContext(mode);
            ulong actual = soft(a, 0, 0, ref context);
            Check.Same(operation.ToString(), mode, a, 0, 0, actual, context.Flags, expected, expectedFlags);
        }
    }
}
