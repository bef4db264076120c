using System.Runtime.CompilerServices;
using Mimus.Isa.FloatingPoint;

namespace Mimus.Translation.Evaluator;

/// <content>Floating point: host arithmetic where it is exact, else soft-float; both are behind FloatArithmetic.</content>
internal unsafe partial struct EvaluatorOps
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U FloatAdd<TFormat>(U a, U b, U rounding) where TFormat : struct, IFloatFormat
    {
        var context = Context(rounding);
        return Done(FloatArithmetic<TFormat>.Add(a.Bits, b.Bits, ref context), context);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U FloatSubtract<TFormat>(U a, U b, U rounding) where TFormat : struct, IFloatFormat
    {
        var context = Context(rounding);
        return Done(FloatArithmetic<TFormat>.Subtract(a.Bits, b.Bits, ref context), context);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U FloatMultiply<TFormat>(U a, U b, U rounding) where TFormat : struct, IFloatFormat
    {
        var context = Context(rounding);
        return Done(FloatArithmetic<TFormat>.Multiply(a.Bits, b.Bits, ref context), context);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U FloatDivide<TFormat>(U a, U b, U rounding) where TFormat : struct, IFloatFormat
    {
        var context = Context(rounding);
        return Done(FloatArithmetic<TFormat>.Divide(a.Bits, b.Bits, ref context), context);
    }

    public readonly U FloatSquareRoot<TFormat>(U a, U rounding) where TFormat : struct, IFloatFormat
    {
        var context = Context(rounding);
        return Done(FloatArithmetic<TFormat>.SquareRoot(a.Bits, ref context), context);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U FloatMultiplyAdd<TFormat>(U a, U b, U c, U rounding) where TFormat : struct, IFloatFormat
    {
        var context = Context(rounding);
        return Done(FloatArithmetic<TFormat>.MultiplyAdd(a.Bits, b.Bits, c.Bits, ref context), context);
    }

    public readonly U FloatCompare<TFormat>(FloatRelation relation, U a, U b) where TFormat : struct, IFloatFormat
    {
        var context = Context(default);
        var holds = relation switch
        {
            FloatRelation.Equal => SoftFloat<TFormat>.CompareEqual(a.Bits, b.Bits, ref context),
            FloatRelation.Less => SoftFloat<TFormat>.CompareLess(a.Bits, b.Bits, ref context),
            FloatRelation.LessOrEqual => SoftFloat<TFormat>.CompareLessOrEqual(a.Bits, b.Bits, ref context),
            FloatRelation.LessQuiet => SoftFloat<TFormat>.CompareLessQuiet(a.Bits, b.Bits, ref context),
            _ => SoftFloat<TFormat>.CompareLessOrEqualQuiet(a.Bits, b.Bits, ref context),
        };
        return Done(holds ? 1u : 0u, context);
    }

    public readonly U FloatConvert<TFrom, TTo>(U a, U rounding) where TFrom : struct, IFloatFormat where TTo : struct, IFloatFormat
    {
        var context = Context(rounding);
        return Done(FloatArithmetic<TTo>.ConvertFrom<TFrom>(a.Bits, ref context), context);
    }

    public readonly U FloatToInteger<TFormat>(IntegerType type, U a, U rounding) where TFormat : struct, IFloatFormat
    {
        var context = Context(rounding);
        var result = type switch
        {
            IntegerType.Int32 => (ulong)SoftFloat<TFormat>.ToInt32(a.Bits, ref context),
            IntegerType.UInt32 => (ulong)(int)SoftFloat<TFormat>.ToUInt32(a.Bits, ref context),
            IntegerType.Int64 => (ulong)SoftFloat<TFormat>.ToInt64(a.Bits, ref context),
            _ => SoftFloat<TFormat>.ToUInt64(a.Bits, ref context),
        };
        return Done(result, context);
    }

    public readonly U IntegerToFloat<TFormat>(IntegerType type, U a, U rounding) where TFormat : struct, IFloatFormat
    {
        var context = Context(rounding);
        var result = type switch
        {
            IntegerType.Int32 => SoftFloat<TFormat>.FromInt32((int)a.Bits, ref context),
            IntegerType.UInt32 => SoftFloat<TFormat>.FromUInt32((uint)a.Bits, ref context),
            IntegerType.Int64 => SoftFloat<TFormat>.FromInt64((long)a.Bits, ref context),
            _ => SoftFloat<TFormat>.FromUInt64(a.Bits, ref context),
        };
        return Done(result, context);
    }

    public readonly U Float<TFormat>(FloatFunction function, U a, U b, U rounding) where TFormat : struct, IFloatFormat
    {
        var context = Context(rounding);
        var result = function switch
        {
            FloatFunction.Minimum => SoftFloat<TFormat>.Minimum(a.Bits, b.Bits, ref context),
            FloatFunction.Maximum => SoftFloat<TFormat>.Maximum(a.Bits, b.Bits, ref context),
            FloatFunction.MinimumM => SoftFloat<TFormat>.MinimumM(a.Bits, b.Bits, ref context),
            FloatFunction.MaximumM => SoftFloat<TFormat>.MaximumM(a.Bits, b.Bits, ref context),
            FloatFunction.Classify => (ulong)SoftFloat<TFormat>.Classify(a.Bits),
            FloatFunction.Round => SoftFloat<TFormat>.RoundToIntegral(a.Bits, ref context),
            FloatFunction.RoundExact => SoftFloat<TFormat>.RoundToIntegralExact(a.Bits, ref context),
            _ => (ulong)SoftFloat<TFormat>.ToInt32Modular(a.Bits, ref context),
        };
        return Done(result, context);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly FloatContext Context(U rounding) => new((RoundingMode)rounding.Bits, (FloatFlags)(*_floatFlags));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly U Done(ulong result, FloatContext context)
    {
        *_floatFlags = (ulong)context.Flags;
        return new U(result);
    }
}
