using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa.X86.Instructions;

/// <summary>
/// Arithmetic on one number as SSE has it: what x86 does with NaNs and denormals around the plain arithmetic of <see cref="FloatArithmetic{TFormat}"/>
/// (SDM volume 1, 4.8 and 11.5).
/// </summary>
internal static class SimdFloat<TFormat> where TFormat : struct, IFloatFormat
{
    private static ulong SignBit => 1ul << (TFormat.ExponentBits + TFormat.FractionBits);

    private static ulong Infinity => ((1ul << TFormat.ExponentBits) - 1) << TFormat.FractionBits;

    private static ulong QuietBit => 1ul << (TFormat.FractionBits - 1);

    /// <summary>The NaN that invalid operations give: a negative one.</summary>
    private static ulong Indefinite => SignBit | Infinity | QuietBit;

    public static ulong Add(ulong a, ulong b, ref SimdContext c) => TrySpecial(ref a, ref b, ref c, out var r) ? r : Finish(Arithmetic.Add, a, b, ref c);

    public static ulong Subtract(ulong a, ulong b, ref SimdContext c) => TrySpecial(ref a, ref b, ref c, out var r) ? r : Finish(Arithmetic.Subtract, a, b, ref c);

    public static ulong Multiply(ulong a, ulong b, ref SimdContext c) => TrySpecial(ref a, ref b, ref c, out var r) ? r : Finish(Arithmetic.Multiply, a, b, ref c);

    public static ulong Divide(ulong a, ulong b, ref SimdContext c) => TrySpecial(ref a, ref b, ref c, out var r) ? r : Finish(Arithmetic.Divide, a, b, ref c);

    /// <summary>A product and an addend, rounded once.</summary>
    public static ulong MultiplyAdd(ulong a, ulong b, ulong addend, bool negates, bool subtracts, ref SimdContext c)
    {
        addend = Input(addend, ref c);
        var isNumber = !TrySpecial(ref a, ref b, ref c, out var result);
        if (IsNaN(addend))
        {
            var quiet = Quiet(addend, ref c);
            return isNumber ? quiet : result;
        }
        if (!isNumber) return result;
        var context = new FloatContext(c.Rounding);
        result = FloatArithmetic<TFormat>.MultiplyAdd(negates ? a ^ SignBit : a, b, subtracts ? addend ^ SignBit : addend, ref context);
        if ((context.Flags & FloatFlags.Invalid) != 0)
        {
            c.Raise(SimdContext.Invalid);
            return Indefinite;
        }
        NoteDenormal(a, ref c);
        NoteDenormal(b, ref c);
        NoteDenormal(addend, ref c);
        return Flush(result, context.Flags, ref c);
    }

    /// <summary>From 16 bits, always exactly; denormals are numbers like others there.</summary>
    public static ulong FromHalf(ulong half, ref SimdContext c)
    {
        var plain = new SimdContext(0x1f80);
        var result = Convert<Binary16>(half, ref plain);
        c.Raise(plain.Raised & SimdContext.Invalid);
        return result;
    }

    /// <summary>To 16 bits; the control is the instruction's.</summary>
    public static ulong ToHalf(ulong a, int control, ref SimdContext c)
    {
        const int UsesContext = 4;
        var own = c.WithRounding((control & UsesContext) != 0 ? c.Rounding : SimdContext.ToMode(control & 3));
        var result = SimdFloat<Binary16>.Convert<TFormat>(a, ref own);
        c.Raise(own.Raised);
        return result;
    }

    public static ulong SquareRoot(ulong a, ref SimdContext c)
    {
        var b = a;
        return TrySpecial(ref a, ref b, ref c, out var r) ? r : Finish(Arithmetic.SquareRoot, a, a, ref c);
    }

    /// <summary>The second operand where they are equal or not comparable.</summary>
    public static ulong Minimum(ulong a, ulong b, ref SimdContext c) => Order(ref a, ref b, signals: true, ref c) == Less ? a : b;

    public static ulong Maximum(ulong a, ulong b, ref SimdContext c) => Order(ref a, ref b, signals: true, ref c) == Greater ? a : b;

    /// <summary>All ones where one of the 32 predicates of the manual holds (SDM volume 2, CMPPD).</summary>
    public static ulong Compare(ulong a, ulong b, int predicate, ref SimdContext c)
    {
        ReadOnlySpan<byte> truths = [Same, Less, Less | Same, Unordered, Less | Greater | Unordered, Same | Greater | Unordered, Greater | Unordered, Less | Same | Greater,
            Same | Unordered, Less | Unordered, Less | Same | Unordered, 0, Less | Greater, Same | Greater, Greater, Less | Same | Greater | Unordered];
        const int SignalingOnes = 0b0110_0110_0110_0110;
        var signals = (((SignalingOnes >> (predicate & 15)) ^ (predicate >> 4)) & 1) != 0;
        return (truths[predicate & 15] & Order(ref a, ref b, signals, ref c)) != 0 ? SignBit | (SignBit - 1) : 0;
    }

    /// <summary>ZF, PF and CF as COMISS and the like set them.</summary>
    public static ulong CompareToFlags(ulong a, ulong b, bool signals, ref SimdContext c) => Order(ref a, ref b, signals, ref c) switch
    {
        Less => EFlags.Carry,
        Greater => 0,
        Same => EFlags.Zero,
        _ => EFlags.Zero | EFlags.Parity | EFlags.Carry,
    };

    /// <summary>To an integral value; the control is the instruction's.</summary>
    public static ulong Round(ulong a, int control, ref SimdContext c)
    {
        const int UsesContext = 4, Suppresses = 8;
        a = Input(a, ref c);
        if (IsNaN(a)) return Quiet(a, ref c);
        var context = new FloatContext((control & UsesContext) != 0 ? c.Rounding : SimdContext.ToMode(control & 3));
        var result = SoftFloat<TFormat>.RoundToIntegralExact(a, ref context);
        if ((control & Suppresses) == 0) c.Raise(context.Flags);
        return result;
    }

    public static ulong Convert<TSource>(ulong a, ref SimdContext c) where TSource : struct, IFloatFormat
    {
        a = SimdFloat<TSource>.Input(a, ref c);
        if (SimdFloat<TSource>.IsNaN(a))
        {
            a = SimdFloat<TSource>.Quiet(a, ref c);
            var sign = (a & SimdFloat<TSource>.SignBit) != 0 ? SignBit : 0;
            var payload = a & ((1ul << TSource.FractionBits) - 1);
            var up = TFormat.FractionBits - TSource.FractionBits;
            return sign | Infinity | (up >= 0 ? payload << up : payload >> -up);
        }
        SimdFloat<TSource>.NoteDenormal(a, ref c);
        var context = new FloatContext(c.Rounding);
        var result = FloatArithmetic<TFormat>.ConvertFrom<TSource>(a, ref context);
        return Flush(result, context.Flags, ref c);
    }

    public static ulong FromInteger(long value, ref SimdContext c)
    {
        var context = new FloatContext(c.Rounding);
        var result = SoftFloat<TFormat>.FromInt64(value, ref context);
        c.Raise(context.Flags);
        return result;
    }

    /// <summary>What does not fit is the most negative integer.</summary>
    public static ulong ToInteger(ulong a, bool is64, bool truncates, ref SimdContext c)
    {
        a = Input(a, ref c);
        var context = new FloatContext(truncates ? RoundingMode.TowardZero : c.Rounding);
        var result = is64 ? (ulong)SoftFloat<TFormat>.ToInt64(a, ref context) : (uint)SoftFloat<TFormat>.ToInt32(a, ref context);
        c.Raise(context.Flags);
        return (context.Flags & FloatFlags.Invalid) == 0 ? result : is64 ? 1ul << 63 : 1ul << 31;
    }

    /// <summary>The reciprocal, or that of the square root: exact to the last place, which is better than the instructions promise.</summary>
    public static ulong Reciprocal(ulong a, bool ofRoot)
    {
        var quiet = new SimdContext(0x1f80 | 0x8040);
        if (!ofRoot) return Divide(One, a, ref quiet);
        return Divide(One, SquareRoot(a, ref quiet), ref quiet);
    }

    private const byte Less = 1, Same = 2, Greater = 4, Unordered = 8;

    private enum Arithmetic
    {
        Add,
        Subtract,
        Multiply,
        Divide,
        SquareRoot,
    }

    private static ulong One => ((1ul << (TFormat.ExponentBits - 1)) - 1) << TFormat.FractionBits;

    private static bool IsNaN(ulong a) => (a & (SignBit - 1)) > Infinity;

    private static bool IsSignaling(ulong a) => IsNaN(a) && (a & QuietBit) == 0;

    private static bool IsDenormal(ulong a) => (a & Infinity) == 0 && (a & (SignBit - 1)) != 0;

    private static ulong Input(ulong a, ref SimdContext c) => c.FlushesInputs && IsDenormal(a) ? a & SignBit : a;

    private static void NoteDenormal(ulong a, ref SimdContext c)
    {
        if (IsDenormal(a)) c.Raise(SimdContext.Denormal);
    }

    private static ulong Quiet(ulong a, ref SimdContext c)
    {
        if (IsSignaling(a)) c.Raise(SimdContext.Invalid);
        return a | QuietBit;
    }

    /// <summary>Flushes operands, and answers when one is a NaN: the first of them, made quiet.</summary>
    private static bool TrySpecial(ref ulong a, ref ulong b, ref SimdContext c, out ulong result)
    {
        a = Input(a, ref c);
        b = Input(b, ref c);
        result = 0;
        if (!IsNaN(a) && !IsNaN(b)) return false;
        if (IsSignaling(a) || IsSignaling(b)) c.Raise(SimdContext.Invalid);
        result = (IsNaN(a) ? a : b) | QuietBit;
        return true;
    }

    private static ulong Finish(Arithmetic operation, ulong a, ulong b, ref SimdContext c)
    {
        var context = new FloatContext(c.Rounding);
        var result = operation switch
        {
            Arithmetic.Add => FloatArithmetic<TFormat>.Add(a, b, ref context),
            Arithmetic.Subtract => FloatArithmetic<TFormat>.Subtract(a, b, ref context),
            Arithmetic.Multiply => FloatArithmetic<TFormat>.Multiply(a, b, ref context),
            Arithmetic.Divide => FloatArithmetic<TFormat>.Divide(a, b, ref context),
            _ => FloatArithmetic<TFormat>.SquareRoot(a, ref context),
        };
        if ((context.Flags & FloatFlags.Invalid) != 0)
        {
            c.Raise(SimdContext.Invalid);
            return Indefinite;
        }
        // A division by zero is found before the denormal.
        if ((context.Flags & FloatFlags.DivideByZero) == 0)
        {
            NoteDenormal(a, ref c);
            NoteDenormal(b, ref c);
        }
        return Flush(result, context.Flags, ref c);
    }

    private static ulong Flush(ulong result, FloatFlags flags, ref SimdContext c)
    {
        c.Raise(flags);
        if (!c.FlushesResults || (!IsDenormal(result) && (flags & FloatFlags.Underflow) == 0)) return result;
        c.Raise(SimdContext.Underflow | SimdContext.Precision);
        return result & SignBit;
    }

    private static byte Order(ref ulong a, ref ulong b, bool signals, ref SimdContext c)
    {
        a = Input(a, ref c);
        b = Input(b, ref c);
        if (IsNaN(a) || IsNaN(b))
        {
            if (signals || IsSignaling(a) || IsSignaling(b)) c.Raise(SimdContext.Invalid);
            return Unordered;
        }
        NoteDenormal(a, ref c);
        NoteDenormal(b, ref c);
        var quiet = default(FloatContext);
        if (SoftFloat<TFormat>.CompareEqual(a, b, ref quiet)) return Same;
        return SoftFloat<TFormat>.CompareLessQuiet(a, b, ref quiet) ? Less : Greater;
    }
}
