using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa.X86.Instructions;

/// <summary>x87 instructions on the top of the stack. Transcendental ones have the precision of the host's double-precision functions.</summary>
internal static class X87Functions
{
    public static void Apply(ref X87Unit x87, X87Operation operation)
    {
        if (operation is >= X87Operation.LoadOne and <= X87Operation.LoadZero)
        {
            x87.Push(Constant(operation, x87.Rounding));
            return;
        }
        if (operation is X87Operation.DecrementTop or X87Operation.IncrementTop)
        {
            x87.Top += operation == X87Operation.IncrementTop ? 1 : -1;
            x87.Status &= ~X87Unit.C1;
            return;
        }
        if (operation == X87Operation.Examine)
        {
            Examine(ref x87);
            return;
        }
        ulong raised = 0;
        var context = x87.Context;
        var a = x87.Read(0, ref raised);
        if (raised != 0)
        {
            if (!x87.Conclude(raised, 0)) return;
            if (operation == X87Operation.Test) x87.Status |= X87Unit.C0 | X87Unit.C2 | X87Unit.C3;
            else x87[0] = a;
            if (operation == X87Operation.Extract) x87.Push(a, raised);
            return;
        }
        switch (operation)
        {
            case X87Operation.ChangeSign: Finish(ref x87, a.Negate(), context); break;
            case X87Operation.Absolute: Finish(ref x87, a.Absolute(), context); break;
            case X87Operation.Test: Test(ref x87, a, ref context); break;
            case X87Operation.SquareRoot: Finish(ref x87, ExtendedFloat.SquareRoot(a, ref context), context); break;
            case X87Operation.RoundToInteger: Round(ref x87, a, ref context); break;
            case X87Operation.Extract: Extract(ref x87, a, ref context); break;
            case X87Operation.Exponential or X87Operation.Sine or X87Operation.Cosine or X87Operation.Tangent or X87Operation.SineCosine:
                X87Transcendentals.Apply(ref x87, operation, a, ref context);
                break;
            default: OfTwo(ref x87, operation, a, ref context); break;
        }
    }

    public static void Finish(ref X87Unit x87, ExtendedFloat value, in ExtendedContext context)
    {
        if (x87.Conclude(context)) x87[0] = value;
    }

    private static void OfTwo(ref X87Unit x87, X87Operation operation, ExtendedFloat a, ref ExtendedContext context)
    {
        ulong raised = 0;
        var b = x87.Read(1, ref raised);
        if (raised != 0)
        {
            if (x87.Conclude(raised, 0)) x87[0] = ExtendedFloat.Indefinite;
            return;
        }
        switch (operation)
        {
            case X87Operation.Remainder or X87Operation.RemainderNearest:
                var rest = ExtendedFloat.Remainder(a, b, operation == X87Operation.RemainderNearest, ref context, out var quotient, out var isPartial);
                Finish(ref x87, rest, context);
                x87.Status &= ~(X87Unit.C0 | X87Unit.C1 | X87Unit.C2 | X87Unit.C3);
                if (isPartial) x87.Status |= X87Unit.C2;
                else x87.Status |= ((quotient & 4) != 0 ? X87Unit.C0 : 0) | ((quotient & 2) != 0 ? X87Unit.C3 : 0) | ((quotient & 1) != 0 ? X87Unit.C1 : 0);
                break;
            case X87Operation.Scale: Scale(ref x87, a, b, ref context); break;
            default: X87Transcendentals.OfTwo(ref x87, operation, a, b, ref context); break;
        }
    }

    private static void Scale(ref X87Unit x87, ExtendedFloat a, ExtendedFloat b, ref ExtendedContext context)
    {
        // Infinite powers and what is no number go as sums would.
        if (a.IsNaN || b.IsNaN || a.IsUnsupported || b.IsUnsupported)
        {
            Finish(ref x87, ExtendedFloat.Add(a, b, ref context), context);
            return;
        }
        if (b.IsInfinity)
        {
            var isInvalid = b.IsNegative ? a.IsInfinity : a.IsZero;
            if (isInvalid) context.Raise(FloatFlags.Invalid);
            else if (a.IsDenormal) context.NoteDenormal();
            var result = isInvalid ? ExtendedFloat.Indefinite : b.IsNegative ? new ExtendedFloat(0, (ushort)(a.SignExponent & 0x8000)) : new ExtendedFloat(1ul << 63, (ushort)((a.SignExponent & 0x8000) | 0x7fff));
            Finish(ref x87, result, context);
            return;
        }
        if (a.IsDenormal || b.IsDenormal) context.NoteDenormal();
        var scratch = new ExtendedContext(RoundingMode.TowardZero, 64);
        var power = b.ToInteger(32, RoundingMode.TowardZero, ref scratch);
        if ((scratch.Flags & FloatFlags.Invalid) != 0) power = b.IsNegative ? int.MinValue : int.MaxValue;
        Finish(ref x87, ExtendedFloat.Scale(a, (int)power, ref context), context);
    }

    private static void Round(ref X87Unit x87, ExtendedFloat a, ref ExtendedContext context)
    {
        if (a.IsNaN || a.IsUnsupported)
        {
            Finish(ref x87, ExtendedFloat.Add(a, a, ref context), context);
            return;
        }
        if (a.IsDenormal) context.NoteDenormal();
        Finish(ref x87, a.ToIntegral(ref context), context);
    }

    private static void Test(ref X87Unit x87, ExtendedFloat a, ref ExtendedContext context)
    {
        var order = ExtendedFloat.Compare(a, ExtendedFloat.Zero, signals: true, ref context);
        x87.Conclude(context);
        x87.Status = (x87.Status & ~(X87Unit.C0 | X87Unit.C2 | X87Unit.C3)) | order switch
        {
            ExtendedFloat.Order.Less => X87Unit.C0,
            ExtendedFloat.Order.Equal => X87Unit.C3,
            ExtendedFloat.Order.Greater => 0,
            _ => X87Unit.C0 | X87Unit.C2 | X87Unit.C3,
        };
    }

    private static void Examine(ref X87Unit x87)
    {
        var a = x87[0];
        var wasEmpty = x87.IsEmpty(0);
        var kind = wasEmpty ? X87Unit.C3 | X87Unit.C0 : a.IsUnsupported ? 0 : a.IsNaN ? X87Unit.C0 : a.IsInfinity ? X87Unit.C2 | X87Unit.C0
            : a.IsZero ? X87Unit.C3 : a.IsDenormal ? X87Unit.C3 | X87Unit.C2 : X87Unit.C2;
        x87.Status = (x87.Status & ~(X87Unit.C0 | X87Unit.C1 | X87Unit.C2 | X87Unit.C3)) | kind | (a.IsNegative ? X87Unit.C1 : 0);
        if (wasEmpty) x87.Free(0);
    }

    /// <summary>The exponent stays, and the significand is pushed.</summary>
    private static void Extract(ref X87Unit x87, ExtendedFloat a, ref ExtendedContext context)
    {
        if (!x87.IsEmpty(-1))
        {
            // A full stack is found before anything about the operand.
            if (!x87.Conclude(X87Unit.InvalidBit | X87Unit.StackFault, X87Unit.C1)) return;
            x87[0] = ExtendedFloat.Indefinite;
            x87.Push(ExtendedFloat.Indefinite);
            return;
        }
        ExtendedFloat exponent, significand;
        if (a.IsNaN || a.IsUnsupported) exponent = significand = ExtendedFloat.Add(a, a, ref context);
        else if (a.IsInfinity) (exponent, significand) = (a.Absolute(), a);
        else if (a.IsZero)
        {
            context.Raise(FloatFlags.DivideByZero);
            (exponent, significand) = (new ExtendedFloat(1ul << 63, 0xffff), a);
        }
        else
        {
            if (a.IsDenormal) context.NoteDenormal();
            var shift = System.Numerics.BitOperations.LeadingZeroCount(a.Significand);
            exponent = ExtendedFloat.FromInteger(Math.Max(a.Exponent, 1) - shift - 16383);
            significand = new ExtendedFloat(a.Significand << shift, (ushort)((a.SignExponent & 0x8000) | 16383));
        }
        if (!x87.Conclude(context)) return;
        x87[0] = exponent;
        x87.Push(significand);
    }

    /// <summary>The constants, rounded as the control word says; all but one and zero are inexact.</summary>
    private static ExtendedFloat Constant(X87Operation operation, RoundingMode mode)
    {
        var (significand, exponent, cutUp) = operation switch
        {
            X87Operation.LoadOne => (1ul << 63, 16383, (bool?)null),
            X87Operation.LoadLog2Of10 => (0xd49a784bcd1b8afeul, 16384, false),
            X87Operation.LoadLog2OfE => (0xb8aa3b295c17f0bcul, 16383, true),
            X87Operation.LoadPi => (0xc90fdaa22168c235ul, 16384, true),
            X87Operation.LoadLog10Of2 => (0x9a209a84fbcff799ul, 16381, true),
            X87Operation.LoadLogEOf2 => (0xb17217f7d1cf79acul, 16382, true),
            _ => (0ul, 0, null),
        };
        // The nearest value was rounded up for some, and down for others; other directions want the neighbour.
        if (cutUp == true && mode is RoundingMode.Down or RoundingMode.TowardZero) significand--;
        if (cutUp == false && mode == RoundingMode.Up) significand++;
        return new ExtendedFloat(significand, (ushort)exponent);
    }
}
