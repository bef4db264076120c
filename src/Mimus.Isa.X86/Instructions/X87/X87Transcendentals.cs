using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa.X86.Instructions;

/// <summary>Functions that cannot be computed exactly, by the host's double-precision ones.</summary>
internal static class X87Transcendentals
{
    /// <summary>Beyond this magnitude the trigonometric functions do not reduce their operand.</summary>
    private const double Limit = 9223372036854775808.0;

    public static void Apply(ref X87Unit x87, X87Operation operation, ExtendedFloat a, ref ExtendedContext context)
    {
        x87.Status &= ~X87Unit.C2;
        var isTrigonometric = operation != X87Operation.Exponential;
        if (a.IsNaN || a.IsUnsupported || (isTrigonometric && a.IsInfinity))
        {
            var answer = a.IsInfinity ? Invalid(ref context) : ExtendedFloat.Add(a, a, ref context);
            if (!x87.Conclude(context)) return;
            x87[0] = answer;
            if (operation is X87Operation.Tangent or X87Operation.SineCosine) x87.Push(answer);
            return;
        }
        var value = a.ToDouble();
        if (isTrigonometric && Math.Abs(value) >= Limit)
        {
            x87.Status |= X87Unit.C2;
            return;
        }
        if (!a.IsZero) context.Raise(FloatFlags.Inexact);
        if (!x87.Conclude(context)) return;
        switch (operation)
        {
            case X87Operation.Exponential: x87[0] = IsSmall(a) ? Product(a, Math.Log(2)) : ExtendedFloat.FromDouble(Math.Pow(2, value) - 1); break;
            case X87Operation.Sine: x87[0] = IsSmall(a) ? a : ExtendedFloat.FromDouble(Math.Sin(value)); break;
            case X87Operation.Cosine: x87[0] = ExtendedFloat.FromDouble(Math.Cos(value)); break;
            case X87Operation.Tangent:
                x87[0] = IsSmall(a) ? a : ExtendedFloat.FromDouble(Math.Tan(value));
                x87.Push(ExtendedFloat.One);
                break;
            default:
                x87[0] = IsSmall(a) ? a : ExtendedFloat.FromDouble(Math.Sin(value));
                x87.Push(ExtendedFloat.FromDouble(Math.Cos(value)));
                break;
        }
    }

    /// <summary>Of ST(0) and ST(1), into ST(1), which becomes the top.</summary>
    public static void OfTwo(ref X87Unit x87, X87Operation operation, ExtendedFloat x, ExtendedFloat y, ref ExtendedContext context)
    {
        ExtendedFloat result;
        if (x.IsNaN || y.IsNaN || x.IsUnsupported || y.IsUnsupported) result = ExtendedFloat.Add(x, y, ref context);
        else
        {
            double first = x.ToDouble(), second = y.ToDouble();
            if (operation == X87Operation.Logarithm && x.IsZero && !y.IsZero) context.Raise(FloatFlags.DivideByZero);
            else context.Raise(FloatFlags.Inexact);
            var value = operation switch
            {
                X87Operation.Arctangent => Math.Atan2(second, first),
                X87Operation.LogarithmPlusOne => second * (Math.Abs(first) < 1e-8 ? first / Math.Log(2) : Math.Log2(1 + first)),
                _ => second * Math.Log2(first),
            };
            result = double.IsNaN(value) ? Invalid(ref context) : ExtendedFloat.FromDouble(value);
        }
        if (!x87.Conclude(context)) return;
        x87[1] = result;
        x87.Pop();
    }

    private static bool IsSmall(ExtendedFloat a) => a.Exponent < 16383 - 32;

    private static ExtendedFloat Product(ExtendedFloat a, double factor)
    {
        var scratch = new ExtendedContext(RoundingMode.NearestEven, 64);
        return ExtendedFloat.Multiply(a, ExtendedFloat.FromDouble(factor), ref scratch);
    }

    private static ExtendedFloat Invalid(ref ExtendedContext context)
    {
        context.Raise(FloatFlags.Invalid);
        return ExtendedFloat.Indefinite;
    }
}
