using System.Globalization;
using Mimus.Isa.FloatingPoint;
using Mimus.Translation.Engine;

namespace Mimus.Translation.Ir;

/// <summary>A floating-point operation in C#, for what the host's instructions do not do as the guest's.</summary>
internal readonly unsafe struct FloatHelper(string operation, string format, delegate*<ulong, ulong, ulong, int, ref FloatContext, ulong> method, int kind = 0)
{
    /// <summary>The name in statistics and in text.</summary>
    public string Name => _kind == 0 ? $"{operation}.{format}" : string.Create(CultureInfo.InvariantCulture, $"{operation}.{format}.{_kind}");

    /// <summary>Which of the operations that the method can do.</summary>
    private readonly int _kind = kind;

    private readonly delegate*<ulong, ulong, ulong, int, ref FloatContext, ulong> _method = method;

    public bool IsSame(in FloatHelper other) => (nint)_method == (nint)other._method && _kind == other._kind;

    public ulong Call(ulong a, ulong b, ulong c, ref FloatContext context) => _method(a, b, c, _kind, ref context);
}

/// <summary>The floating-point operations of a format, as methods of one shape.</summary>
internal static unsafe class FloatHelpers<TFormat> where TFormat : struct, IFloatFormat
{
    private static readonly string s_format = typeof(TFormat).Name;

    public static FloatHelper Add => new("fadd", s_format, &AddOne);

    public static FloatHelper Subtract => new("fsub", s_format, &SubtractOne);

    public static FloatHelper Multiply => new("fmul", s_format, &MultiplyOne);

    public static FloatHelper Divide => new("fdiv", s_format, &DivideOne);

    public static FloatHelper SquareRoot => new("fsqrt", s_format, &SquareRootOne);

    public static FloatHelper MultiplyAdd => new("fmadd", s_format, &MultiplyAddOne);

    public static FloatHelper Compare(FloatRelation relation) => new("fcompare", s_format, &CompareOne, (int)relation);

    public static FloatHelper ConvertTo<TTo>() where TTo : struct, IFloatFormat => new("fconvert", Conversion<TTo>.Name, &ConvertOne<TTo>);

    public static FloatHelper ToInteger(IntegerType type) => new("ftoint", s_format, &ToIntegerOne, (int)type);

    public static FloatHelper FromInteger(IntegerType type) => new("finttofloat", s_format, &FromIntegerOne, (int)type);

    public static FloatHelper Apply(FloatFunction function) => new("ffunction", s_format, &ApplyOne, (int)function);

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

    private static class Conversion<TTo> where TTo : struct, IFloatFormat
    {
        public static readonly string Name = s_format + "-" + typeof(TTo).Name;
    }
}
