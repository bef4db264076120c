using Mimus.Isa.FloatingPoint;
using Mimus.Translation.Engine;

namespace Mimus.Translation.Ir;

/// <summary>A floating-point operation in C#, for what the host's instructions do not do as the guest's.</summary>
internal readonly unsafe struct FloatHelper(string name, delegate*<ulong, ulong, ulong, int, ref FloatContext, ulong> method, int kind)
{
    /// <summary>The name in statistics.</summary>
    public string Name { get; } = name;

    /// <summary>Which of the operations that the method can do.</summary>
    private readonly int _kind = kind;

    private readonly delegate*<ulong, ulong, ulong, int, ref FloatContext, ulong> _method = method;

    public ulong Call(ulong a, ulong b, ulong c, ref FloatContext context) => _method(a, b, c, _kind, ref context);
}

/// <summary>The floating-point operations of a format, as methods of one shape.</summary>
internal static unsafe class FloatHelpers<TFormat> where TFormat : struct, IFloatFormat
{
    public static FloatHelper Add => new("fadd", &AddOne, 0);

    public static FloatHelper Subtract => new("fsub", &SubtractOne, 0);

    public static FloatHelper Multiply => new("fmul", &MultiplyOne, 0);

    public static FloatHelper Divide => new("fdiv", &DivideOne, 0);

    public static FloatHelper SquareRoot => new("fsqrt", &SquareRootOne, 0);

    public static FloatHelper MultiplyAdd => new("fmadd", &MultiplyAddOne, 0);

    public static FloatHelper Compare(FloatRelation relation) => new("fcompare", &CompareOne, (int)relation);

    public static FloatHelper ConvertTo<TTo>() where TTo : struct, IFloatFormat => new("fconvert", &ConvertOne<TTo>, 0);

    public static FloatHelper ToInteger(IntegerType type) => new("ftoint", &ToIntegerOne, (int)type);

    public static FloatHelper FromInteger(IntegerType type) => new("finttofloat", &FromIntegerOne, (int)type);

    public static FloatHelper Apply(FloatFunction function) => new("ffunction", &ApplyOne, (int)function);

    private static ulong AddOne(ulong a, ulong b, ulong c, int kind, ref FloatContext context) => FloatArithmetic<TFormat>.Add(a, b, ref context);

    private static ulong SubtractOne(ulong a, ulong b, ulong c, int kind, ref FloatContext context) => FloatArithmetic<TFormat>.Subtract(a, b, ref context);

    private static ulong MultiplyOne(ulong a, ulong b, ulong c, int kind, ref FloatContext context) => FloatArithmetic<TFormat>.Multiply(a, b, ref context);

    private static ulong DivideOne(ulong a, ulong b, ulong c, int kind, ref FloatContext context) => FloatArithmetic<TFormat>.Divide(a, b, ref context);

    private static ulong SquareRootOne(ulong a, ulong b, ulong c, int kind, ref FloatContext context) => FloatArithmetic<TFormat>.SquareRoot(a, ref context);

    private static ulong MultiplyAddOne(ulong a, ulong b, ulong c, int kind, ref FloatContext context) =>
        FloatArithmetic<TFormat>.MultiplyAdd(a, b, c, ref context);

    private static ulong CompareOne(ulong a, ulong b, ulong c, int kind, ref FloatContext context) =>
        FloatOperations<TFormat>.Compare((FloatRelation)kind, a, b, ref context) ? 1u : 0u;

    private static ulong ConvertOne<TTo>(ulong a, ulong b, ulong c, int kind, ref FloatContext context) where TTo : struct, IFloatFormat =>
        FloatArithmetic<TTo>.ConvertFrom<TFormat>(a, ref context);

    private static ulong ToIntegerOne(ulong a, ulong b, ulong c, int kind, ref FloatContext context) =>
        FloatOperations<TFormat>.ToInteger((IntegerType)kind, a, ref context);

    private static ulong FromIntegerOne(ulong a, ulong b, ulong c, int kind, ref FloatContext context) =>
        FloatOperations<TFormat>.FromInteger((IntegerType)kind, a, ref context);

    private static ulong ApplyOne(ulong a, ulong b, ulong c, int kind, ref FloatContext context) =>
        FloatOperations<TFormat>.Apply((FloatFunction)kind, a, b, ref context);
}
