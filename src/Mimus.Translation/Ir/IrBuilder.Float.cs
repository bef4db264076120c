using Mimus.Isa.FloatingPoint;

namespace Mimus.Translation.Ir;

/// <content>
/// Floating point. Code is compiled for rounding to nearest even, which a guard makes sure of where the mode is not known; other modes, and
/// formats that the host does not have, are calls.
/// </content>
internal partial struct IrBuilder
{

    public readonly Value FloatAdd<TFormat>(Value a, Value b, Value rounding) where TFormat : struct, IFloatFormat =>
        Arithmetic<TFormat>(IrOp.FloatAdd, FloatHelpers<TFormat>.Add, a.Id, b.Id, Inst.None, rounding);

    public readonly Value FloatSubtract<TFormat>(Value a, Value b, Value rounding) where TFormat : struct, IFloatFormat =>
        Arithmetic<TFormat>(IrOp.FloatSubtract, FloatHelpers<TFormat>.Subtract, a.Id, b.Id, Inst.None, rounding);

    public readonly Value FloatMultiply<TFormat>(Value a, Value b, Value rounding) where TFormat : struct, IFloatFormat =>
        Arithmetic<TFormat>(IrOp.FloatMultiply, FloatHelpers<TFormat>.Multiply, a.Id, b.Id, Inst.None, rounding);

    public readonly Value FloatDivide<TFormat>(Value a, Value b, Value rounding) where TFormat : struct, IFloatFormat =>
        Arithmetic<TFormat>(IrOp.FloatDivide, FloatHelpers<TFormat>.Divide, a.Id, b.Id, Inst.None, rounding);

    public readonly Value FloatSquareRoot<TFormat>(Value a, Value rounding) where TFormat : struct, IFloatFormat =>
        Arithmetic<TFormat>(IrOp.FloatSquareRoot, FloatHelpers<TFormat>.SquareRoot, a.Id, Inst.None, Inst.None, rounding);

    public readonly Value FloatMultiplyAdd<TFormat>(Value a, Value b, Value c, Value rounding) where TFormat : struct, IFloatFormat
    {
        if (!System.Runtime.Intrinsics.X86.Fma.IsSupported)
            return Arithmetic<TFormat>(IrOp.FloatCall, FloatHelpers<TFormat>.MultiplyAdd, a.Id, b.Id, c.Id, rounding);
        return Arithmetic<TFormat>(IrOp.FloatMultiplyAdd, FloatHelpers<TFormat>.MultiplyAdd, a.Id, b.Id, c.Id, rounding);
    }

    public readonly Value FloatCompare<TFormat>(FloatRelation relation, Value a, Value b) where TFormat : struct, IFloatFormat
    {
        if (!IsNative<TFormat>()) return Call(FloatHelpers<TFormat>.Compare(relation), a.Id, b.Id, Inst.None, 0);
        return new Value(Emit(IrOp.FloatCompare, a.Id, b.Id, kind: IsDouble<TFormat>(), variant: (byte)relation));
    }

    public readonly Value FloatConvert<TFrom, TTo>(Value a, Value rounding) where TFrom : struct, IFloatFormat where TTo : struct, IFloatFormat
    {
        var helper = FloatHelpers<TFrom>.ConvertTo<TTo>();
        var isNative = IsNative<TFrom>() && IsNative<TTo>();
        return isNative && RoundsToEven(rounding, out var mode)
            ? Native(IrOp.FloatConvert, helper, a.Id, Inst.None, Inst.None, IsDouble<TTo>())
            : Call(helper, a.Id, Inst.None, Inst.None, Mode(rounding));
    }

    public readonly Value FloatToInteger<TFormat>(IntegerType type, Value a, Value rounding) where TFormat : struct, IFloatFormat
    {
        var helper = FloatHelpers<TFormat>.ToInteger(type);
        var isTruncating = IsConstant(rounding, out var mode) && mode == (ulong)RoundingMode.TowardZero;
        if (!IsNative<TFormat>() || (!isTruncating && !RoundsToEven(rounding, out mode))) return Call(helper, a.Id, Inst.None, Inst.None, Mode(rounding));
        return new Value(Emit(IrOp.FloatToInteger, a.Id, kind: IsDouble<TFormat>(), variant: (byte)type, slot: _unit.NumberOf(helper),
            immediate: isTruncating ? (ulong)RoundingMode.TowardZero : 0));
    }

    public readonly Value IntegerToFloat<TFormat>(IntegerType type, Value a, Value rounding) where TFormat : struct, IFloatFormat
    {
        // The host has no conversion from 64 bits without a sign.
        if (!IsNative<TFormat>() || type == IntegerType.UInt64 || !RoundsToEven(rounding, out _))
            return Call(FloatHelpers<TFormat>.FromInteger(type), a.Id, Inst.None, Inst.None, Mode(rounding));
        return new Value(Emit(IrOp.IntegerToFloat, a.Id, kind: IsDouble<TFormat>(), variant: (byte)type));
    }

    public readonly Value Float<TFormat>(FloatFunction function, Value a, Value b, Value rounding) where TFormat : struct, IFloatFormat =>
        Call(FloatHelpers<TFormat>.Apply(function), a.Id, b.Id, Inst.None, Mode(rounding));

    private static bool IsNative<TFormat>() where TFormat : struct, IFloatFormat => typeof(TFormat) == typeof(Binary32) || typeof(TFormat) == typeof(Binary64);

    private static byte IsDouble<TFormat>() where TFormat : struct, IFloatFormat => (byte)(typeof(TFormat) == typeof(Binary64) ? 1 : 0);

    private readonly Value Arithmetic<TFormat>(IrOp op, FloatHelper helper, int a, int b, int c, Value rounding) where TFormat : struct, IFloatFormat =>
        IsNative<TFormat>() && op != IrOp.FloatCall && RoundsToEven(rounding, out _)
            ? Native(op, helper, a, b, c, IsDouble<TFormat>())
            : Call(helper, a, b, c, Mode(rounding));

    private readonly Value Native(IrOp op, FloatHelper helper, int a, int b, int c, byte isDouble)
    {
        return new Value(Emit(op, a, b, c, isDouble, slot: _unit.NumberOf(helper)));
    }

    private readonly Value Call(FloatHelper helper, int a, int b, int c, int rounding)
    {
        return new Value(Emit(IrOp.FloatCall, a, b, c, slot: _unit.NumberOf(helper), immediate: (ulong)rounding));
    }

    /// <summary>Whether code may round to nearest even: known, or guarded from here on.</summary>
    private readonly bool RoundsToEven(Value rounding, out ulong mode)
    {
        if (IsKnown(rounding, out mode)) return mode == 0;
        Guard(rounding);
        mode = 0;
        return true;
    }

    /// <summary>The rounding mode as a number; one that is not known is guarded to be to nearest even.</summary>
    private readonly int Mode(Value rounding)
    {
        if (IsKnown(rounding, out var mode)) return (int)mode;
        Guard(rounding);
        return 0;
    }
}
