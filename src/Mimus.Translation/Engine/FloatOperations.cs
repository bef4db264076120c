using Mimus.Isa.FloatingPoint;

namespace Mimus.Translation.Engine;

/// <summary>The floating-point operations that come in kinds, by their kind.</summary>
internal static class FloatOperations<TFormat> where TFormat : struct, IFloatFormat
{
    public static bool Compare(FloatRelation relation, ulong a, ulong b, ref FloatContext context) => relation switch
    {
        FloatRelation.Equal => SoftFloat<TFormat>.CompareEqual(a, b, ref context),
        FloatRelation.Less => SoftFloat<TFormat>.CompareLess(a, b, ref context),
        FloatRelation.LessOrEqual => SoftFloat<TFormat>.CompareLessOrEqual(a, b, ref context),
        FloatRelation.LessQuiet => SoftFloat<TFormat>.CompareLessQuiet(a, b, ref context),
        _ => SoftFloat<TFormat>.CompareLessOrEqualQuiet(a, b, ref context),
    };

    public static ulong ToInteger(IntegerType type, ulong a, ref FloatContext context) => type switch
    {
        IntegerType.Int32 => (ulong)SoftFloat<TFormat>.ToInt32(a, ref context),
        IntegerType.UInt32 => (ulong)(int)SoftFloat<TFormat>.ToUInt32(a, ref context),
        IntegerType.Int64 => (ulong)SoftFloat<TFormat>.ToInt64(a, ref context),
        _ => SoftFloat<TFormat>.ToUInt64(a, ref context),
    };

    public static ulong FromInteger(IntegerType type, ulong a, ref FloatContext context) => type switch
    {
        IntegerType.Int32 => SoftFloat<TFormat>.FromInt32((int)a, ref context),
        IntegerType.UInt32 => SoftFloat<TFormat>.FromUInt32((uint)a, ref context),
        IntegerType.Int64 => SoftFloat<TFormat>.FromInt64((long)a, ref context),
        _ => SoftFloat<TFormat>.FromUInt64(a, ref context),
    };

    public static ulong Apply(FloatFunction function, ulong a, ulong b, ref FloatContext context) => function switch
    {
        FloatFunction.Minimum => SoftFloat<TFormat>.Minimum(a, b, ref context),
        FloatFunction.Maximum => SoftFloat<TFormat>.Maximum(a, b, ref context),
        FloatFunction.MinimumM => SoftFloat<TFormat>.MinimumM(a, b, ref context),
        FloatFunction.MaximumM => SoftFloat<TFormat>.MaximumM(a, b, ref context),
        FloatFunction.Classify => (ulong)SoftFloat<TFormat>.Classify(a),
        FloatFunction.Round => SoftFloat<TFormat>.RoundToIntegral(a, ref context),
        FloatFunction.RoundExact => SoftFloat<TFormat>.RoundToIntegralExact(a, ref context),
        _ => (ulong)SoftFloat<TFormat>.ToInt32Modular(a, ref context),
    };
}
