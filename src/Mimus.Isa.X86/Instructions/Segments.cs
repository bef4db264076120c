using Iced.Intel;

namespace Mimus.Isa.X86.Instructions;

/// <summary>Segment registers, descriptor tables, and questions about descriptors.</summary>
public static unsafe class Segments<TOps, V> where TOps : struct, IX86Ops<V> where V : unmanaged
{
    [Row(Code.Mov_Sreg_rm16, Code.Mov_Sreg_r32m16, Code.Mov_Sreg_r64m16)]
    public static void Load(ref TOps o, in X86Operands i)
    {
        if (!Access<TOps, V>.TrySource<Bits16>(ref o, i, out var selector)) return;
        if (!o.TryCall(new Helper("load segment", &SegmentHelpers.Load), o.Constant(i.Target), selector, out _)) return;
        o.EndBlock();
    }

    [Row(Code.Mov_rm16_Sreg, Code.Mov_r32m16_Sreg, Code.Mov_r64m16_Sreg)]
    public static void Store(ref TOps o, in X86Operands i) => WriteSelector(ref o, i, o.Register(Slot.SegmentSelector(i.Source)));

    [Row(Mnemonic.Lds)]
    public static void LoadDs<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth => LoadFar<TWidth>(ref o, i, SegmentNumber.Ds);

    [Row(Mnemonic.Les)]
    public static void LoadEs<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth => LoadFar<TWidth>(ref o, i, SegmentNumber.Es);

    [Row(Mnemonic.Lss)]
    public static void LoadSs<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth => LoadFar<TWidth>(ref o, i, SegmentNumber.Ss);

    [Row(Mnemonic.Lfs)]
    public static void LoadFs<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth => LoadFar<TWidth>(ref o, i, SegmentNumber.Fs);

    [Row(Mnemonic.Lgs)]
    public static void LoadGs<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth => LoadFar<TWidth>(ref o, i, SegmentNumber.Gs);

    [Row(Mnemonic.Lgdt)]
    public static void LoadGlobalTable(ref TOps o, in X86Operands i) => LoadTable(ref o, i, new Helper("lgdt", &SystemHelpers.LoadGlobalTable));

    [Row(Mnemonic.Lidt)]
    public static void LoadInterruptTable(ref TOps o, in X86Operands i) => LoadTable(ref o, i, new Helper("lidt", &SystemHelpers.LoadInterruptTable));

    [Row(Mnemonic.Sgdt)]
    public static void StoreGlobalTable(ref TOps o, in X86Operands i) => StoreTable(ref o, i, 0);

    [Row(Mnemonic.Sidt)]
    public static void StoreInterruptTable(ref TOps o, in X86Operands i) => StoreTable(ref o, i, 1);

    [Row(Mnemonic.Lldt)]
    public static void LoadLocalTable(ref TOps o, in X86Operands i) => LoadSystem(ref o, i, new Helper("lldt", &SegmentHelpers.LoadLocalTable));

    [Row(Mnemonic.Ltr)]
    public static void LoadTask(ref TOps o, in X86Operands i) => LoadSystem(ref o, i, new Helper("ltr", &SegmentHelpers.LoadTask));

    [Row(Mnemonic.Sldt)]
    public static void StoreLocalTable(ref TOps o, in X86Operands i) => StoreSystem(ref o, i, SegmentNumber.Ldt);

    [Row(Mnemonic.Str)]
    public static void StoreTask(ref TOps o, in X86Operands i) => StoreSystem(ref o, i, SegmentNumber.Task);

    [Row(Mnemonic.Verr)]
    public static void VerifyReading(ref TOps o, in X86Operands i) => Verify(ref o, i, new Helper("verr", &SegmentHelpers.VerifyReading));

    [Row(Mnemonic.Verw)]
    public static void VerifyWriting(ref TOps o, in X86Operands i) => Verify(ref o, i, new Helper("verw", &SegmentHelpers.VerifyWriting));

    [Row(Mnemonic.Lar)]
    public static void LoadRights<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth =>
        Describe<TWidth>(ref o, i, new Helper("lar", &SegmentHelpers.Rights));

    [Row(Mnemonic.Lsl)]
    public static void LoadLimit<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth =>
        Describe<TWidth>(ref o, i, new Helper("lsl", &SegmentHelpers.LimitOf));

    [Row(Mnemonic.Arpl)]
    public static void AdjustPrivilege(ref TOps o, in X86Operands i)
    {
        if (!o.TryCall(new Helper("protected", &SegmentHelpers.RequireProtected), default, default, out _)) return;
        if (!Access<TOps, V>.TryUpdate<Bits16>(ref o, i, out var address, out var a)) return;
        var wanted = o.And(o.Register(i.Source), o.Constant(3));
        var less = o.Compare(Relation.LessUnsigned, o.And(a, o.Constant(3)), wanted);
        var result = o.Select(less, o.Or(o.And(a, o.Constant(0xfffc)), wanted), a);
        if (!Access<TOps, V>.TryFinish<Bits16>(ref o, i, address, result)) return;
        FlagBits<TOps, V>.Replace(ref o, EFlags.Zero, o.ShiftLeft(less, o.Constant(6)));
    }

    private static void LoadFar<TWidth>(ref TOps o, in X86Operands i, SegmentNumber segment) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TryAddress(ref o, i, (int)TWidth.Size + 2, forWriting: false, out var address)
            || !o.TryLoad(address, TWidth.Size, out var offset)
            || !o.TryLoad(o.Add(address, o.Constant((ulong)TWidth.Size)), MemorySize.Half, out var selector)) return;
        if (!o.TryCall(new Helper("load segment", &SegmentHelpers.Load), o.Constant((ulong)segment), selector, out _)) return;
        Access<TOps, V>.Set<TWidth>(ref o, i.Target, offset);
        o.EndBlock();
    }

    private static void LoadTable(ref TOps o, in X86Operands i, in Helper helper)
    {
        var baseSize = i.Has(OperandTraits.Long) ? MemorySize.Double : MemorySize.Word;
        if (!Access<TOps, V>.TryAddress(ref o, i, 2 + (int)baseSize, forWriting: false, out var address)
            || !o.TryLoad(address, MemorySize.Half, out var limit) || !o.TryLoad(o.Add(address, o.Constant(2)), baseSize, out var start)) return;
        if (i.Width == 2 && !i.Has(OperandTraits.Long)) start = o.And(start, o.Constant(0xffffff));
        if (o.TryCall(helper, start, limit, out _)) o.EndBlock();
    }

    private static void StoreTable(ref TOps o, in X86Operands i, ulong table)
    {
        var baseSize = i.Has(OperandTraits.Long) ? MemorySize.Double : MemorySize.Word;
        if (!o.TryCall(new Helper("table base", &SystemHelpers.TableBase), o.Constant(table), default, out var start)) return;
        var limit = o.Call(new Helper("table limit", &SystemHelpers.TableLimit), o.Constant(table), default);
        if (!Access<TOps, V>.TryAddress(ref o, i, 2 + (int)baseSize, forWriting: true, out var address) || !o.TryProbeWrite(address, 2 + (int)baseSize)) return;
        if (o.TryStore(address, MemorySize.Half, limit)) o.TryStore(o.Add(address, o.Constant(2)), baseSize, o.ZeroExtend(start, baseSize));
    }

    private static void LoadSystem(ref TOps o, in X86Operands i, in Helper helper)
    {
        if (Access<TOps, V>.TryRead<Bits16>(ref o, i, out var selector) && o.TryCall(helper, selector, default, out _)) o.EndBlock();
    }

    private static void StoreSystem(ref TOps o, in X86Operands i, SegmentNumber segment)
    {
        if (!o.TryCall(new Helper("selector", &SegmentHelpers.SystemSelector), o.Constant((ulong)segment), default, out var selector)) return;
        WriteSelector(ref o, i, selector);
    }

    /// <summary>16 bits to memory, the whole register otherwise.</summary>
    private static void WriteSelector(ref TOps o, in X86Operands i, V selector)
    {
        if (i.Has(OperandTraits.TargetMemory)) Access<TOps, V>.TryWrite<Bits16>(ref o, i, selector);
        else Access<TOps, V>.Set(ref o, i.Width, i.Target, selector);
    }

    private static void Verify(ref TOps o, in X86Operands i, in Helper helper)
    {
        if (!Access<TOps, V>.TryRead<Bits16>(ref o, i, out var selector) || !o.TryCall(helper, selector, default, out var good)) return;
        FlagBits<TOps, V>.Replace(ref o, EFlags.Zero, o.ShiftLeft(good, o.Constant(6)));
    }

    /// <summary>The helper's result has bit 63 set where the descriptor can be seen.</summary>
    private static void Describe<TWidth>(ref TOps o, in X86Operands i, in Helper helper) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TrySource<Bits16>(ref o, i, out var selector) || !o.TryCall(helper, selector, default, out var result)) return;
        var seen = o.ShiftRight(result, o.Constant(63));
        var before = o.Register(i.Target);
        Access<TOps, V>.Set<TWidth>(ref o, i.Target, typeof(TWidth) == typeof(Bits16) ? o.ZeroExtend(result, MemorySize.Half) : o.ZeroExtend(result, MemorySize.Word));
        o.SetRegister(i.Target, o.Select(seen, o.Register(i.Target), before));
        FlagBits<TOps, V>.Replace(ref o, EFlags.Zero, o.ShiftLeft(seen, o.Constant(6)));
    }
}
