using System.Runtime.CompilerServices;
using Mimus.Isa.FloatingPoint;
using Mimus.Translation.Engine;

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
        var holds = FloatOperations<TFormat>.Compare(relation, a.Bits, b.Bits, ref context);
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
        var result = FloatOperations<TFormat>.ToInteger(type, a.Bits, ref context);
        return Done(result, context);
    }

    public readonly U IntegerToFloat<TFormat>(IntegerType type, U a, U rounding) where TFormat : struct, IFloatFormat
    {
        var context = Context(rounding);
        var result = FloatOperations<TFormat>.FromInteger(type, a.Bits, ref context);
        return Done(result, context);
    }

    public readonly U Float<TFormat>(FloatFunction function, U a, U b, U rounding) where TFormat : struct, IFloatFormat
    {
        var context = Context(rounding);
        var result = FloatOperations<TFormat>.Apply(function, a.Bits, b.Bits, ref context);
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
