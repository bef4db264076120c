using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa.Tests.FloatingPoint;

/// <summary>The six operations of arithmetic in one shape and order: add, subtract, multiply, divide, square root, multiply-add.</summary>
internal static class ArithmeticOperations
{
    public static FloatOperation[] Soft<TFormat>()
        where TFormat : struct, IFloatFormat =>
    [
        (a, b, _, ref context) => SoftFloat<TFormat>.Add(a, b, ref context),
        (a, b, _, ref context) => SoftFloat<TFormat>.Subtract(a, b, ref context),
        (a, b, _, ref context) => SoftFloat<TFormat>.Multiply(a, b, ref context),
        (a, b, _, ref context) => SoftFloat<TFormat>.Divide(a, b, ref context),
        (a, _, _, ref context) => SoftFloat<TFormat>.SquareRoot(a, ref context),
        SoftFloat<TFormat>.MultiplyAdd,
    ];

    public static FloatOperation[] Fast<TFormat>()
        where TFormat : struct, IFloatFormat =>
    [
        (a, b, _, ref context) => FloatArithmetic<TFormat>.Add(a, b, ref context),
        (a, b, _, ref context) => FloatArithmetic<TFormat>.Subtract(a, b, ref context),
        (a, b, _, ref context) => FloatArithmetic<TFormat>.Multiply(a, b, ref context),
        (a, b, _, ref context) => FloatArithmetic<TFormat>.Divide(a, b, ref context),
        (a, _, _, ref context) => FloatArithmetic<TFormat>.SquareRoot(a, ref context),
        FloatArithmetic<TFormat>.MultiplyAdd,
    ];
}
