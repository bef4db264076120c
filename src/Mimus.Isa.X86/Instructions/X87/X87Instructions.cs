using Iced.Intel;

namespace Mimus.Isa.X86.Instructions;

/// <summary>x87 instructions: the stack, memory in its formats, and the helpers that do the rest.</summary>
public static unsafe class X87Instructions<TOps, V> where TOps : struct, IX86Ops<V> where V : unmanaged
{
    [Row(Mnemonic.Fadd)]
    public static void Add(ref TOps o, in X86Operands i) => Arithmetic(ref o, i, X87Operation.Add, pops: 0);

    [Row(Mnemonic.Faddp)]
    public static void AddAndPop(ref TOps o, in X86Operands i) => Arithmetic(ref o, i, X87Operation.Add, pops: 1);

    [Row(Mnemonic.Fiadd)]
    public static void AddInteger(ref TOps o, in X86Operands i) => WithInteger(ref o, i, new Helper("x87", &X87Helpers.Arithmetic), X87Operation.Add, pops: 0);

    [Row(Mnemonic.Fmul)]
    public static void Multiply(ref TOps o, in X86Operands i) => Arithmetic(ref o, i, X87Operation.Multiply, pops: 0);

    [Row(Mnemonic.Fmulp)]
    public static void MultiplyAndPop(ref TOps o, in X86Operands i) => Arithmetic(ref o, i, X87Operation.Multiply, pops: 1);

    [Row(Mnemonic.Fimul)]
    public static void MultiplyInteger(ref TOps o, in X86Operands i) => WithInteger(ref o, i, new Helper("x87", &X87Helpers.Arithmetic), X87Operation.Multiply, pops: 0);

    [Row(Mnemonic.Fsub)]
    public static void Subtract(ref TOps o, in X86Operands i) => Arithmetic(ref o, i, X87Operation.Subtract, pops: 0);

    [Row(Mnemonic.Fsubp)]
    public static void SubtractAndPop(ref TOps o, in X86Operands i) => Arithmetic(ref o, i, X87Operation.Subtract, pops: 1);

    [Row(Mnemonic.Fisub)]
    public static void SubtractInteger(ref TOps o, in X86Operands i) => WithInteger(ref o, i, new Helper("x87", &X87Helpers.Arithmetic), X87Operation.Subtract, pops: 0);

    [Row(Mnemonic.Fsubr)]
    public static void SubtractReverse(ref TOps o, in X86Operands i) => Arithmetic(ref o, i, X87Operation.SubtractReverse, pops: 0);

    [Row(Mnemonic.Fsubrp)]
    public static void SubtractReverseAndPop(ref TOps o, in X86Operands i) => Arithmetic(ref o, i, X87Operation.SubtractReverse, pops: 1);

    [Row(Mnemonic.Fisubr)]
    public static void SubtractReverseInteger(ref TOps o, in X86Operands i) => WithInteger(ref o, i, new Helper("x87", &X87Helpers.Arithmetic), X87Operation.SubtractReverse, pops: 0);

    [Row(Mnemonic.Fdiv)]
    public static void Divide(ref TOps o, in X86Operands i) => Arithmetic(ref o, i, X87Operation.Divide, pops: 0);

    [Row(Mnemonic.Fdivp)]
    public static void DivideAndPop(ref TOps o, in X86Operands i) => Arithmetic(ref o, i, X87Operation.Divide, pops: 1);

    [Row(Mnemonic.Fidiv)]
    public static void DivideInteger(ref TOps o, in X86Operands i) => WithInteger(ref o, i, new Helper("x87", &X87Helpers.Arithmetic), X87Operation.Divide, pops: 0);

    [Row(Mnemonic.Fdivr)]
    public static void DivideReverse(ref TOps o, in X86Operands i) => Arithmetic(ref o, i, X87Operation.DivideReverse, pops: 0);

    [Row(Mnemonic.Fdivrp)]
    public static void DivideReverseAndPop(ref TOps o, in X86Operands i) => Arithmetic(ref o, i, X87Operation.DivideReverse, pops: 1);

    [Row(Mnemonic.Fidivr)]
    public static void DivideReverseInteger(ref TOps o, in X86Operands i) => WithInteger(ref o, i, new Helper("x87", &X87Helpers.Arithmetic), X87Operation.DivideReverse, pops: 0);

    [Row(Mnemonic.Fcom)]
    public static void Compare(ref TOps o, in X86Operands i) => Compare(ref o, i, X87Operation.Compare, pops: 0, toFlags: false);

    [Row(Mnemonic.Fcomp)]
    public static void CompareAndPop(ref TOps o, in X86Operands i) => Compare(ref o, i, X87Operation.Compare, pops: 1, toFlags: false);

    [Row(Mnemonic.Fcompp)]
    public static void CompareAndPopBoth(ref TOps o, in X86Operands i) => Compare(ref o, i, X87Operation.Compare, pops: 2, toFlags: false);

    [Row(Mnemonic.Fucom)]
    public static void CompareQuiet(ref TOps o, in X86Operands i) => Compare(ref o, i, X87Operation.CompareQuiet, pops: 0, toFlags: false);

    [Row(Mnemonic.Fucomp)]
    public static void CompareQuietAndPop(ref TOps o, in X86Operands i) => Compare(ref o, i, X87Operation.CompareQuiet, pops: 1, toFlags: false);

    [Row(Mnemonic.Fucompp)]
    public static void CompareQuietAndPopBoth(ref TOps o, in X86Operands i) => Compare(ref o, i, X87Operation.CompareQuiet, pops: 2, toFlags: false);

    [Row(Mnemonic.Fcomi)]
    public static void CompareToFlags(ref TOps o, in X86Operands i) => Compare(ref o, i, X87Operation.Compare, pops: 0, toFlags: true);

    [Row(Mnemonic.Fcomip)]
    public static void CompareToFlagsAndPop(ref TOps o, in X86Operands i) => Compare(ref o, i, X87Operation.Compare, pops: 1, toFlags: true);

    [Row(Mnemonic.Fucomi)]
    public static void CompareQuietToFlags(ref TOps o, in X86Operands i) => Compare(ref o, i, X87Operation.CompareQuiet, pops: 0, toFlags: true);

    [Row(Mnemonic.Fucomip)]
    public static void CompareQuietToFlagsAndPop(ref TOps o, in X86Operands i) => Compare(ref o, i, X87Operation.CompareQuiet, pops: 1, toFlags: true);

    [Row(Mnemonic.Ficom)]
    public static void CompareInteger(ref TOps o, in X86Operands i) => WithInteger(ref o, i, new Helper("x87 compare", &X87Helpers.Compare), X87Operation.Compare, pops: 0);

    [Row(Mnemonic.Ficomp)]
    public static void CompareIntegerAndPop(ref TOps o, in X86Operands i) => WithInteger(ref o, i, new Helper("x87 compare", &X87Helpers.Compare), X87Operation.Compare, pops: 1);

    [Row(Mnemonic.Fchs)]
    public static void ChangeSign(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.ChangeSign);

    [Row(Mnemonic.Fabs)]
    public static void Absolute(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.Absolute);

    [Row(Mnemonic.Ftst)]
    public static void Test(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.Test);

    [Row(Mnemonic.Fxam)]
    public static void Examine(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.Examine);

    [Row(Mnemonic.Fld1)]
    public static void LoadOne(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.LoadOne);

    [Row(Mnemonic.Fldl2t)]
    public static void LoadLog2Of10(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.LoadLog2Of10);

    [Row(Mnemonic.Fldl2e)]
    public static void LoadLog2OfE(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.LoadLog2OfE);

    [Row(Mnemonic.Fldpi)]
    public static void LoadPi(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.LoadPi);

    [Row(Mnemonic.Fldlg2)]
    public static void LoadLog10Of2(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.LoadLog10Of2);

    [Row(Mnemonic.Fldln2)]
    public static void LoadLogEOf2(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.LoadLogEOf2);

    [Row(Mnemonic.Fldz)]
    public static void LoadZero(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.LoadZero);

    [Row(Mnemonic.Fsqrt)]
    public static void SquareRoot(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.SquareRoot);

    [Row(Mnemonic.Frndint)]
    public static void RoundToInteger(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.RoundToInteger);

    [Row(Mnemonic.Fscale)]
    public static void Scale(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.Scale);

    [Row(Mnemonic.Fprem)]
    public static void Remainder(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.Remainder);

    [Row(Mnemonic.Fprem1)]
    public static void RemainderNearest(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.RemainderNearest);

    [Row(Mnemonic.Fxtract)]
    public static void Extract(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.Extract);

    [Row(Mnemonic.Fdecstp)]
    public static void DecrementTop(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.DecrementTop);

    [Row(Mnemonic.Fincstp)]
    public static void IncrementTop(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.IncrementTop);

    [Row(Mnemonic.F2xm1)]
    public static void Exponential(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.Exponential);

    [Row(Mnemonic.Fyl2x)]
    public static void Logarithm(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.Logarithm);

    [Row(Mnemonic.Fyl2xp1)]
    public static void LogarithmPlusOne(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.LogarithmPlusOne);

    [Row(Mnemonic.Fptan)]
    public static void Tangent(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.Tangent);

    [Row(Mnemonic.Fpatan)]
    public static void Arctangent(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.Arctangent);

    [Row(Mnemonic.Fsin)]
    public static void Sine(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.Sine);

    [Row(Mnemonic.Fcos)]
    public static void Cosine(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.Cosine);

    [Row(Mnemonic.Fsincos)]
    public static void SineCosine(ref TOps o, in X86Operands i) => Unary(ref o, X87Operation.SineCosine);

    [Row(Mnemonic.Fninit, Mnemonic.Finit)]
    public static void Initialize(ref TOps o, in X86Operands i) => o.TryCall(new Helper("x87 control", &X87Helpers.Control), o.Constant((ulong)X87Operation.Initialize), default, out _);

    [Row(Mnemonic.Fnclex, Mnemonic.Fclex)]
    public static void ClearExceptions(ref TOps o, in X86Operands i) => o.TryCall(new Helper("x87 control", &X87Helpers.Control), o.Constant((ulong)X87Operation.ClearExceptions), default, out _);

    [Row(Mnemonic.Fnop, Mnemonic.Fneni, Mnemonic.Feni, Mnemonic.Fndisi, Mnemonic.Fdisi, Mnemonic.Fnsetpm, Mnemonic.Fsetpm)]
    public static void DoNothing(ref TOps o, in X86Operands i) => o.TryCall(new Helper("x87 begin", &X87Images.Begin), o.Constant(1), default, out _);

    [Row(Mnemonic.Wait)]
    public static void Wait(ref TOps o, in X86Operands i) => o.TryCall(new Helper("wait", &X87Images.Wait), default, default, out _);

    [Row(Mnemonic.Fldcw)]
    public static void LoadControl(ref TOps o, in X86Operands i)
    {
        if (!Access<TOps, V>.TryLoad(ref o, i, MemorySize.Half, out var value)) return;
        o.TryCall(new Helper("x87 control", &X87Helpers.Control), o.Constant((ulong)X87Operation.SetControl), value, out _);
    }

    [Row(Mnemonic.Fnstcw, Mnemonic.Fstcw)]
    public static void StoreControl(ref TOps o, in X86Operands i) => StoreWord(ref o, i, X87Operation.GetControl);

    [Row(Mnemonic.Fnstsw, Mnemonic.Fstsw)]
    public static void StoreStatus(ref TOps o, in X86Operands i) => StoreWord(ref o, i, X87Operation.GetStatus);

    [Row(Mnemonic.Fld)]
    public static void Load(ref TOps o, in X86Operands i)
    {
        const int ExtendedBytes = 10;
        if (i.HasMemory && i.SourceWidth == ExtendedBytes)
        {
            if (!Access<TOps, V>.TryAddress(ref o, i, ExtendedBytes, forWriting: false, out var address) || !o.TryLoad(address, MemorySize.Double, out var significand)
                || !o.TryLoad(o.Add(address, o.Constant(8)), MemorySize.Half, out var signExponent)) return;
            o.TryCall(new Helper("fld", &X87Helpers.LoadExtended), significand, signExponent, out _);
            return;
        }
        if (!TryOperand(ref o, i, isInteger: false, out var format, out var bits)) return;
        o.TryCall(new Helper("fld", &X87Helpers.LoadNumber), o.Constant(X87Arguments.Pack(X87Operation.Move, 0, i.Target, format, 0)), bits, out _);
    }

    [Row(Mnemonic.Fild)]
    public static void LoadInteger(ref TOps o, in X86Operands i) => WithInteger(ref o, i, new Helper("fild", &X87Helpers.LoadNumber), X87Operation.Move, pops: 0);

    [Row(Mnemonic.Fst)]
    public static void Store(ref TOps o, in X86Operands i) => Store(ref o, i, X87Operation.Store, isInteger: false, pops: 0);

    /// <summary>FSTP to a register that does not mind an empty one: an encoding that processors have and manuals do not.</summary>
    [Row(Mnemonic.Fstpnce)]
    public static void MoveQuietlyAndPop(ref TOps o, in X86Operands i) => Register(ref o, X87Operation.MoveQuietly, i.Target, 0, 1, o.Constant(1));

    [Row(Mnemonic.Fstp)]
    public static void StoreAndPop(ref TOps o, in X86Operands i) => Store(ref o, i, X87Operation.Store, isInteger: false, pops: 1);

    [Row(Mnemonic.Fbld)]
    public static void LoadDecimal(ref TOps o, in X86Operands i)
    {
        if (!Access<TOps, V>.TryAddress(ref o, i, 10, forWriting: false, out var address) || !o.TryLoad(address, MemorySize.Double, out var low)
            || !o.TryLoad(o.Add(address, o.Constant(8)), MemorySize.Half, out var high)) return;
        o.TryCall(new Helper("fbld", &X87Environment.LoadDecimal), low, high, out _);
    }

    [Row(Mnemonic.Fbstp)]
    public static void StoreDecimalAndPop(ref TOps o, in X86Operands i) => StoreLong(ref o, i, new Helper("fbstp", &X87Environment.DecimalPart), pops: 1);

    [Row(Mnemonic.Fnstenv, Mnemonic.Fstenv)]
    public static void StoreEnvironment(ref TOps o, in X86Operands i) => Image(ref o, i, new Helper("fstenv", &X87Environment.Store), forWriting: true);

    [Row(Mnemonic.Fldenv)]
    public static void LoadEnvironment(ref TOps o, in X86Operands i) => Image(ref o, i, new Helper("fldenv", &X87Environment.Load), forWriting: false);

    [Row(Mnemonic.Fnsave, Mnemonic.Fsave)]
    public static void Save(ref TOps o, in X86Operands i) => Image(ref o, i, new Helper("fsave", &X87Environment.Save), forWriting: true);

    [Row(Mnemonic.Frstor)]
    public static void Restore(ref TOps o, in X86Operands i) => Image(ref o, i, new Helper("frstor", &X87Environment.Restore), forWriting: false);

    [Row(Mnemonic.Fist)]
    public static void StoreInteger(ref TOps o, in X86Operands i) => Store(ref o, i, X87Operation.Store, isInteger: true, pops: 0);

    [Row(Mnemonic.Fistp)]
    public static void StoreIntegerAndPop(ref TOps o, in X86Operands i) => Store(ref o, i, X87Operation.Store, isInteger: true, pops: 1);

    [Row(Mnemonic.Fisttp)]
    public static void StoreTruncatedAndPop(ref TOps o, in X86Operands i) => Store(ref o, i, X87Operation.Truncate, isInteger: true, pops: 1);

    [Row(Mnemonic.Fxch)]
    public static void Exchange(ref TOps o, in X86Operands i) => Register(ref o, X87Operation.Exchange, i.Target, i.Source, 0, o.Constant(1));

    [Row(Mnemonic.Ffree)]
    public static void Free(ref TOps o, in X86Operands i) => Register(ref o, X87Operation.Free, i.Target, 0, 0, o.Constant(1));

    [Row(Mnemonic.Ffreep)]
    public static void FreeAndPop(ref TOps o, in X86Operands i) => Register(ref o, X87Operation.Free, i.Target, 0, 1, o.Constant(1));

    [Row(Mnemonic.Fcmovb)]
    public static void MoveIfBelow(ref TOps o, in X86Operands i) => MoveIf(ref o, i, o.Condition(ConditionCode.Below));

    [Row(Mnemonic.Fcmove)]
    public static void MoveIfEqual(ref TOps o, in X86Operands i) => MoveIf(ref o, i, o.Condition(ConditionCode.Equal));

    [Row(Mnemonic.Fcmovbe)]
    public static void MoveIfNotAbove(ref TOps o, in X86Operands i) => MoveIf(ref o, i, o.Condition(ConditionCode.NotAbove));

    [Row(Mnemonic.Fcmovu)]
    public static void MoveIfParity(ref TOps o, in X86Operands i) => MoveIf(ref o, i, o.Condition(ConditionCode.Parity));

    [Row(Mnemonic.Fcmovnb)]
    public static void MoveIfNotBelow(ref TOps o, in X86Operands i) => MoveIf(ref o, i, o.Condition(ConditionCode.NotBelow));

    [Row(Mnemonic.Fcmovne)]
    public static void MoveIfNotEqual(ref TOps o, in X86Operands i) => MoveIf(ref o, i, o.Condition(ConditionCode.NotEqual));

    [Row(Mnemonic.Fcmovnbe)]
    public static void MoveIfAbove(ref TOps o, in X86Operands i) => MoveIf(ref o, i, o.Condition(ConditionCode.Above));

    [Row(Mnemonic.Fcmovnu)]
    public static void MoveIfNotParity(ref TOps o, in X86Operands i) => MoveIf(ref o, i, o.Condition(ConditionCode.NotParity));

    [Row(Mnemonic.Fxsave, Mnemonic.Fxsave64)]
    public static void SaveAll(ref TOps o, in X86Operands i) => TryImage(ref o, i, 512, 16, new Helper("fxsave", &X87Images.Save));

    [Row(Mnemonic.Fxrstor, Mnemonic.Fxrstor64)]
    public static void RestoreAll(ref TOps o, in X86Operands i)
    {
        if (TryImage(ref o, i, 512, 16, new Helper("fxrstor", &X87Images.Restore))) o.EndBlock();
    }

    [Row(Mnemonic.Xsave, Mnemonic.Xsave64, Mnemonic.Xsaveopt, Mnemonic.Xsaveopt64)]
    public static void SaveExtended(ref TOps o, in X86Operands i) => TryImage(ref o, i, 576, 64, new Helper("xsave", &X87Images.SaveExtended));

    [Row(Mnemonic.Xsavec, Mnemonic.Xsavec64)]
    public static void SaveCompacted(ref TOps o, in X86Operands i) => TryImage(ref o, i, 576, 64, new Helper("xsavec", &X87Images.SaveCompacted));

    [Row(Mnemonic.Xrstor, Mnemonic.Xrstor64)]
    public static void RestoreExtended(ref TOps o, in X86Operands i)
    {
        if (TryImage(ref o, i, 576, 64, new Helper("xrstor", &X87Images.RestoreExtended))) o.EndBlock();
    }

    private static void Arithmetic(ref TOps o, in X86Operands i, X87Operation operation, int pops)
    {
        if (!TryOperand(ref o, i, isInteger: false, out var format, out var bits)) return;
        var packed = X87Arguments.Pack(operation, format == X87Format.Register ? i.Target : 0, i.Source, format, pops);
        o.TryCall(new Helper("x87", &X87Helpers.Arithmetic), o.Constant(packed), bits, out _);
    }

    private static void Compare(ref TOps o, in X86Operands i, X87Operation operation, int pops, bool toFlags)
    {
        if (!TryOperand(ref o, i, isInteger: false, out var format, out var bits)) return;
        var packed = X87Arguments.Pack(operation, 0, pops == 2 ? 1 : i.Source, format, pops, toFlags);
        if (o.TryCall(new Helper("x87 compare", &X87Helpers.Compare), o.Constant(packed), bits, out var flags) && toFlags) FlagBits<TOps, V>.Set(ref o, flags);
    }

    private static void WithInteger(ref TOps o, in X86Operands i, in Helper helper, X87Operation operation, int pops)
    {
        if (TryOperand(ref o, i, isInteger: true, out var format, out var bits)) o.TryCall(helper, o.Constant(X87Arguments.Pack(operation, 0, 0, format, pops)), bits, out _);
    }

    private static void Unary(ref TOps o, X87Operation operation) => o.TryCall(new Helper("x87 unary", &X87Helpers.Unary), o.Constant((ulong)operation), default, out _);

    private static void Register(ref TOps o, X87Operation operation, int target, int source, int pops, V condition) =>
        o.TryCall(new Helper("x87 register", &X87Helpers.Register), o.Constant(X87Arguments.Pack(operation, target, source, X87Format.Register, pops)), condition, out _);

    /// <summary>A move that depends on a condition needs both registers to be full in any case, which is what another format than a register's says.</summary>
    private static void MoveIf(ref TOps o, in X86Operands i, V condition) => o.TryCall(new Helper("x87 register", &X87Helpers.Register),
        o.Constant(X87Arguments.Pack(X87Operation.Move, i.Target, i.Source, X87Format.Double, 0)), condition, out _);

    private static void StoreWord(ref TOps o, in X86Operands i, X87Operation operation)
    {
        if (o.TryCall(new Helper("x87 control", &X87Helpers.Control), o.Constant((ulong)operation), default, out var value)) Access<TOps, V>.TryWrite<Bits16>(ref o, i, value);
    }

    private static void Store(ref TOps o, in X86Operands i, X87Operation operation, bool isInteger, int pops)
    {
        const int ExtendedBytes = 10;
        if (!i.HasMemory)
        {
            Register(ref o, X87Operation.Move, i.Target, 0, pops, o.Constant(1));
            return;
        }
        if (i.SourceWidth == ExtendedBytes)
        {
            StoreLong(ref o, i, new Helper("fstp", &X87Helpers.ExtendedPart), pops);
            return;
        }
        if (!Access<TOps, V>.TryAddress(ref o, i, i.SourceWidth, forWriting: true, out var address) || !o.TryProbeWrite(address, i.SourceWidth)) return;
        var packed = X87Arguments.Pack(operation, 0, 0, FormatOf(i, isInteger), 0);
        if (!o.TryCall(new Helper("x87 store", &X87Helpers.ToStore), o.Constant(packed), default, out var bits)) return;
        if (o.TryStore(address, (MemorySize)i.SourceWidth, bits) && pops > 0) o.Call(new Helper("x87 pop", &X87Helpers.Pop), default, default);
    }

    /// <summary>Stores ten bytes, which the helper gives in two parts.</summary>
    private static void StoreLong(ref TOps o, in X86Operands i, in Helper part, int pops)
    {
        if (!Access<TOps, V>.TryAddress(ref o, i, i.SourceWidth, forWriting: true, out var address) || !o.TryProbeWrite(address, i.SourceWidth)) return;
        if (!o.TryCall(part, o.Constant(0), default, out var low) || !o.TryCall(part, o.Constant(1), default, out var high)) return;
        if (!o.TryStore(address, MemorySize.Double, low) || !o.TryStore(o.Add(address, o.Constant(8)), MemorySize.Half, high)) return;
        if (pops > 0) o.Call(new Helper("x87 pop", &X87Helpers.Pop), default, default);
    }

    /// <summary>An image whose size is the operand's.</summary>
    private static void Image(ref TOps o, in X86Operands i, in Helper helper, bool forWriting)
    {
        if (Access<TOps, V>.TryAddress(ref o, i, i.SourceWidth, forWriting, out var address)) o.TryCall(helper, address, o.Constant(i.SourceWidth), out _);
    }

    private static bool TryImage(ref TOps o, in X86Operands i, int bytes, ulong alignment, in Helper helper)
    {
        if (!Access<TOps, V>.TryAddress(ref o, i, bytes, forWriting: false, out var address)) return false;
        if (o.TrapIf(o.And(address, o.Constant(alignment - 1)), Fault.GeneralProtection, o.Constant(0))) return false;
        var wanted = o.Or(o.ShiftLeft(o.Register(Slot.Rdx), o.Constant(32)), o.ZeroExtend(o.Register(Slot.Rax), MemorySize.Word));
        return o.TryCall(helper, address, wanted, out _);
    }

    /// <summary>A number in memory as its bits, where there is one.</summary>
    private static bool TryOperand(ref TOps o, in X86Operands i, bool isInteger, out X87Format format, out V bits)
    {
        format = i.HasMemory ? FormatOf(i, isInteger) : X87Format.Register;
        bits = default;
        return !i.HasMemory || Access<TOps, V>.TryLoad(ref o, i, (MemorySize)i.SourceWidth, out bits);
    }

    private static X87Format FormatOf(in X86Operands i, bool isInteger) => i.SourceWidth switch
    {
        2 => X87Format.Int16,
        4 => isInteger ? X87Format.Int32 : X87Format.Single,
        _ => isInteger ? X87Format.Int64 : X87Format.Double,
    };
}
