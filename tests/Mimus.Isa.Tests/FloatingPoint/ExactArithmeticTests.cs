using System.Numerics;
using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa.Tests.FloatingPoint;

/// <summary>Soft arithmetic against exact rational numbers: half precision, and ties away from zero in every format.</summary>
public sealed class ExactArithmeticTests
{
    private const int HalfCases = 3_000;
    private const int OtherCases = 1_500;

    public static TheoryData<RoundingMode> Modes() => [.. Check.AllModes];

    [Theory]
    [MemberData(nameof(Modes))]
    public void Half_precision(RoundingMode mode) => Compare<Binary16>(mode, HalfCases);

    [Theory]
    [MemberData(nameof(Modes))]
    public void Single_precision(RoundingMode mode) => Compare<Binary32>(mode, Cases(mode));

    [Theory]
    [MemberData(nameof(Modes))]
    public void Double_precision(RoundingMode mode) => Compare<Binary64>(mode, Cases(mode));

    /// <summary>
    /// Aurifeuille's (2^51 - 2^26 + 1)(2^51 + 2^26 + 1) = 2^102 + 1: a product with a hundred zeros before its last bit, which
    /// alone tells a tie from more than a tie when it is added about a precision below the sum's leading bit.
    /// </summary>
    [Theory]
    [MemberData(nameof(Modes))]
    public void The_last_bit_of_a_product_breaks_ties(RoundingMode mode)
    {
        FloatContext exact = default;
        ulong a = SoftFloat<Binary64>.FromInt64((1L << 51) - (1L << 26) + 1, ref exact);
        ulong b = SoftFloat<Binary64>.FromInt64((1L << 51) + (1L << 26) + 1, ref exact);
        Assert.Equal(FloatFlags.None, exact.Flags);
        var generator = new OperandGenerator<Binary64>(Check.SeedFor(203, (int)mode));
        for (int distance = -2; distance < 130; distance++)
        {
            for (int i = 0; i < 20; i++)
            {
                ulong fraction = i == 0 ? 0 : generator.Bits() >> 12;
                ulong c = (generator.Bits() << 63) | ((ulong)(1023 + 102 + distance) << 52) | fraction;
                var reference = new ExactFloat<Binary64>(mode);
                ulong expected = reference.MultiplyAdd(a, b, c);
                var context = new FloatContext(mode);
                ulong actual = SoftFloat<Binary64>.MultiplyAdd(a, b, c, ref context);
                Check.Same("multiply-add", mode, a, b, c, actual, context.Flags, expected, reference.Flags);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Conversions(RoundingMode mode)
    {
        CompareConversion<Binary16, Binary32>(mode);
        CompareConversion<Binary16, Binary64>(mode);
        CompareConversion<Binary32, Binary16>(mode);
        CompareConversion<Binary32, Binary64>(mode);
        CompareConversion<Binary64, Binary16>(mode);
        CompareConversion<Binary64, Binary32>(mode);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Integers(RoundingMode mode)
    {
        CompareIntegers<Binary16>(mode);
        CompareIntegers<Binary32>(mode);
        CompareIntegers<Binary64>(mode);
    }

    /// <summary>All 65,536 half-precision numbers.</summary>
    [Theory]
    [MemberData(nameof(Modes))]
    public void Every_half(RoundingMode mode)
    {
        for (ulong a = 0; a <= ushort.MaxValue; a++)
        {
            ToIntegers<Binary16>(mode, a);
            var context = new FloatContext(mode);
            var exact = new ExactFloat<Binary32>(mode);
            Check.Same("half to single", mode, a, 0, 0,
                SoftFloat<Binary32>.ConvertFrom<Binary16>(a, ref context), context.Flags, exact.ConvertFrom<Binary16>(a), exact.Flags);
        }

        // Square roots at a coprime stride: the exact ones are slow.
        for (ulong a = 0; a <= ushort.MaxValue; a += 31)
        {
            var context = new FloatContext(mode);
            var exact = new ExactFloat<Binary16>(mode);
            Check.Same("square root", mode, a, 0, 0,
                SoftFloat<Binary16>.SquareRoot(a, ref context), context.Flags, exact.SquareRoot(a), exact.Flags);
        }
    }

    private static int Cases(RoundingMode mode) => mode == RoundingMode.NearestMaxMagnitude ? 3 * OtherCases : OtherCases;

    private static void Compare<TFormat>(RoundingMode mode, int cases)
        where TFormat : struct, IFloatFormat
    {
        var generator = new OperandGenerator<TFormat>(Check.SeedFor(200, (int)mode, TFormat.FractionBits));
        FloatOperation[] operations = ArithmeticOperations.Soft<TFormat>();
        for (int i = 0; i < cases; i++)
        {
            generator.Next(out ulong a, out ulong b, out ulong c);
            One(0, "add", e => e.Add(a, b));
            One(1, "subtract", e => e.Subtract(a, b));
            One(2, "multiply", e => e.Multiply(a, b));
            One(3, "divide", e => e.Divide(a, b));
            One(5, "multiply-add", e => e.MultiplyAdd(a, b, c));
            if (i % 10 == 0) One(4, "square root", e => e.SquareRoot(a));

            void One(int operation, string what, Func<ExactFloat<TFormat>, ulong> reference)
            {
                var exact = new ExactFloat<TFormat>(mode);
                ulong expected = reference(exact);
                var context = new FloatContext(mode);
                ulong actual = operations[operation](a, b, c, ref context);
                Check.Same($"{typeof(TFormat).Name} {what}", mode, a, b, c, actual, context.Flags, expected, exact.Flags);
            }
        }
    }

    private static void CompareConversion<TTarget, TSource>(RoundingMode mode)
        where TTarget : struct, IFloatFormat
        where TSource : struct, IFloatFormat
    {
        var generator = new OperandGenerator<TSource>(Check.SeedFor(201, (int)mode, TTarget.FractionBits, TSource.FractionBits));
        for (int i = 0; i < HalfCases; i++)
        {
            ulong a = generator.Next();
            if (generator.Below(3) == 0)
            {
                // Near a number of the target, where its ties and its border of underflow are.
                FloatContext ignored = default;
                ulong target = new OperandGenerator<TTarget>(generator.Bits()).Next();
                a = SoftFloat<TSource>.ConvertFrom<TTarget>(target, ref ignored) ^ (1UL << generator.Below(TSource.FractionBits));
            }

            var exact = new ExactFloat<TTarget>(mode);
            ulong expected = exact.ConvertFrom<TSource>(a);
            var context = new FloatContext(mode);
            ulong actual = SoftFloat<TTarget>.ConvertFrom<TSource>(a, ref context);
            Check.Same($"{typeof(TSource).Name} to {typeof(TTarget).Name}", mode, a, 0, 0, actual, context.Flags, expected, exact.Flags);
        }
    }

    private static void CompareIntegers<TFormat>(RoundingMode mode)
        where TFormat : struct, IFloatFormat
    {
        var generator = new OperandGenerator<TFormat>(Check.SeedFor(202, (int)mode, TFormat.FractionBits));
        for (int i = 0; i < HalfCases; i++)
        {
            ToIntegers<TFormat>(mode, generator.Next());

            ulong bits = (ulong)((long)generator.Bits() >> generator.Below(64)) ^ (ulong)generator.Below(3);
            From("Int32", (int)bits, (ref c) => SoftFloat<TFormat>.FromInt32((int)bits, ref c));
            From("UInt32", (uint)bits, (ref c) => SoftFloat<TFormat>.FromUInt32((uint)bits, ref c));
            From("Int64", (long)bits, (ref c) => SoftFloat<TFormat>.FromInt64((long)bits, ref c));
            From("UInt64", bits, (ref c) => SoftFloat<TFormat>.FromUInt64(bits, ref c));
        }

        void From(string what, BigInteger value, Conversion<ulong> conversion)
        {
            var exact = new ExactFloat<TFormat>(mode);
            ulong expected = exact.FromInteger(value);
            var context = new FloatContext(mode);
            ulong actual = conversion(ref context);
            Check.Same($"{what} to {typeof(TFormat).Name}", mode, (ulong)(value & ulong.MaxValue), 0, 0,
                actual, context.Flags, expected, exact.Flags);
        }
    }

    private static void ToIntegers<TFormat>(RoundingMode mode, ulong a)
        where TFormat : struct, IFloatFormat
    {
        To("Int32", int.MinValue, int.MaxValue, (ref c) => SoftFloat<TFormat>.ToInt32(a, ref c));
        To("UInt32", 0, uint.MaxValue, (ref c) => SoftFloat<TFormat>.ToUInt32(a, ref c));
        To("Int64", long.MinValue, long.MaxValue, (ref c) => SoftFloat<TFormat>.ToInt64(a, ref c));
        To("UInt64", 0, ulong.MaxValue, (ref c) => SoftFloat<TFormat>.ToUInt64(a, ref c));

        var integral = new ExactFloat<TFormat>(mode);
        ulong expectedIntegral = integral.RoundToIntegral(a);
        var context = new FloatContext(mode);
        ulong actualIntegral = SoftFloat<TFormat>.RoundToIntegralExact(a, ref context);
        Check.Same("round to integral, exact", mode, a, 0, 0, actualIntegral, context.Flags, expectedIntegral, integral.Flags);
        context = new FloatContext(mode);
        actualIntegral = SoftFloat<TFormat>.RoundToIntegral(a, ref context);
        Check.Same("round to integral", mode, a, 0, 0, actualIntegral, context.Flags, expectedIntegral, integral.Flags & ~FloatFlags.Inexact);

        // Modulo 2^32: the exact integer's low word, the flags of the saturating conversion.
        if (mode == RoundingMode.TowardZero)
        {
            var flags = new ExactFloat<TFormat>(mode);
            _ = flags.ToInteger(a, int.MinValue, int.MaxValue);
            bool finite = (a & SoftFloat<TFormat>.Infinity) != SoftFloat<TFormat>.Infinity;
            BigInteger everything = BigInteger.One << 1100;
            BigInteger whole = finite ? new ExactFloat<TFormat>(mode).ToInteger(a, -everything, everything) : 0;
            context = new FloatContext(RoundingMode.Up);
            int actual = SoftFloat<TFormat>.ToInt32Modular(a, ref context);
            Check.Same("modular", mode, a, 0, 0, (uint)actual, context.Flags, (ulong)(whole & uint.MaxValue), flags.Flags);
        }

        void To(string what, BigInteger minimum, BigInteger maximum, Conversion<BigInteger> conversion)
        {
            var exact = new ExactFloat<TFormat>(mode);
            ulong expected = (ulong)(exact.ToInteger(a, minimum, maximum) & ulong.MaxValue);
            var context = new FloatContext(mode);
            ulong actual = (ulong)(conversion(ref context) & ulong.MaxValue);
            Check.Same($"{typeof(TFormat).Name} to {what}", mode, a, 0, 0, actual, context.Flags, expected, exact.Flags);
        }
    }

    private delegate T Conversion<T>(ref FloatContext context);
}
