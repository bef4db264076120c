using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa.Tests.FloatingPoint;

/// <summary>The host's fast paths against soft arithmetic: values and flags, with Inexact clear and set beforehand.</summary>
public sealed class FloatArithmeticTests
{
    private const int Cases = 150_000;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Fast_equals_soft(int operation)
    {
        Compare<Binary64>(operation, Cases);
        Compare<Binary32>(operation, Cases);
        Compare<Binary16>(operation, Cases / 10);
    }

    [Fact]
    public void Fast_conversions_equal_soft()
    {
        CompareConversion<Binary32, Binary64>();
        CompareConversion<Binary64, Binary32>();
        CompareConversion<Binary16, Binary64>();
    }

    private static void Compare<TFormat>(int operation, int cases)
        where TFormat : struct, IFloatFormat
    {
        FloatOperation soft = ArithmeticOperations.Soft<TFormat>()[operation];
        FloatOperation fast = ArithmeticOperations.Fast<TFormat>()[operation];
        var generator = new OperandGenerator<TFormat>(Check.SeedFor(100, operation, TFormat.FractionBits));
        for (int i = 0; i < cases; i++)
        {
            generator.Next(out ulong a, out ulong b, out ulong c);
            CompareOne(operation.ToString(), soft, fast, Mode(generator.Below(12)), a, b, c);
        }
    }

    private static void CompareConversion<TTarget, TSource>()
        where TTarget : struct, IFloatFormat
        where TSource : struct, IFloatFormat
    {
        FloatOperation soft = (a, _, _, ref context) => SoftFloat<TTarget>.ConvertFrom<TSource>(a, ref context);
        FloatOperation fast = (a, _, _, ref context) => FloatArithmetic<TTarget>.ConvertFrom<TSource>(a, ref context);
        var generator = new OperandGenerator<TSource>(Check.SeedFor(101, TTarget.FractionBits, TSource.FractionBits));
        for (int i = 0; i < Cases; i++)
        {
            ulong a = generator.Next();
            CompareOne("convert", soft, fast, Mode(generator.Below(12)), a, 0, 0);
        }
    }

    /// <summary>Mostly the direction that has a fast path.</summary>
    private static RoundingMode Mode(int draw) => draw <= (int)RoundingMode.NearestMaxMagnitude ? (RoundingMode)draw : RoundingMode.NearestEven;

    private static void CompareOne(string what, FloatOperation soft, FloatOperation fast, RoundingMode mode, ulong a, ulong b, ulong c)
    {
        foreach (FloatFlags before in (ReadOnlySpan<FloatFlags>)[FloatFlags.None, FloatFlags.Inexact])
        {
            var softContext = new FloatContext(mode, before);
            var fastContext = new FloatContext(mode, before);
            ulong expected = soft(a, b, c, ref softContext);
            ulong actual = fast(a, b, c, ref fastContext);
            Check.Same($"{what} with {before}", mode, a, b, c, actual, fastContext.Flags, expected, softContext.Flags);
        }
    }
}
