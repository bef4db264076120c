using Iced.Intel;

namespace Mimus.Isa.X86.Instructions;

/// <summary>Ports, control registers, and what only a system does.</summary>
public static unsafe class SystemInstructions<TOps, V> where TOps : struct, IX86Ops<V> where V : unmanaged
{
    [Row(Mnemonic.In)]
    public static void Input(ref TOps o, in X86Operands i)
    {
        if (!o.TryCall(new Helper("in", &PortHelpers.Input), Port(ref o, i, i.Source), o.Constant(i.Width), out var value)) return;
        Access<TOps, V>.Set(ref o, i.Width, Slot.Rax, value);
    }

    [Row(Mnemonic.Out)]
    public static void Output(ref TOps o, in X86Operands i)
    {
        var port = o.Or(Port(ref o, i, i.Target), o.Constant((ulong)i.Width << 32));
        // What the port leads to, the A20 gate or a system management interrupt, is seen by the next instruction.
        CallAndEnd(ref o, new Helper("out", &PortHelpers.Output), port, Access<TOps, V>.Get(ref o, i.Width, Slot.Rax));
    }

    [Row(Mnemonic.Hlt)]
    public static void Halt(ref TOps o, in X86Operands i) => CallAndEnd(ref o, new Helper("hlt", &SystemHelpers.Halt), default, default);

    [Row(Mnemonic.Clac)]
    public static void ClearAccess(ref TOps o, in X86Operands i) => CallAndEnd(ref o, new Helper("clac", &FlagHelpers.SetAccess), o.Constant(0), default);

    [Row(Mnemonic.Stac)]
    public static void SetAccess(ref TOps o, in X86Operands i) => CallAndEnd(ref o, new Helper("stac", &FlagHelpers.SetAccess), o.Constant(1), default);

    [Row(Mnemonic.Cpuid)]
    public static void Identify(ref TOps o, in X86Operands i) =>
        CallAndEnd(ref o, new Helper("cpuid", &SystemHelpers.Identify), o.Register(Slot.Rax), o.Register(Slot.Rcx));

    [Row(Mnemonic.Rdtsc)]
    public static void ReadTime(ref TOps o, in X86Operands i)
    {
        if (TryReadTime(ref o, out var time)) SetPair(ref o, time);
    }

    [Row(Mnemonic.Rdtscp)]
    public static void ReadTimeAndNumber(ref TOps o, in X86Operands i)
    {
        if (!TryReadTime(ref o, out var time)) return;
        SetPair(ref o, time);
        o.SetRegister(Slot.Rcx, o.Register(Slot.TscAux));
    }

    [Row(Mnemonic.Rdpid)]
    public static void ReadNumber(ref TOps o, in X86Operands i) => o.SetRegister(i.Target, o.Register(Slot.TscAux));

    [Row(Mnemonic.Rdpmc)]
    public static void ReadCounter(ref TOps o, in X86Operands i)
    {
        if (o.TryCall(new Helper("rdpmc", &SystemHelpers.ReadCounter), o.Register(Slot.Rcx), default, out var value)) SetPair(ref o, value);
    }

    [Row(Mnemonic.Rdmsr)]
    public static void ReadModelRegister(ref TOps o, in X86Operands i)
    {
        if (o.TryCall(new Helper("rdmsr", &MsrHelpers.Read), o.ZeroExtend(o.Register(Slot.Rcx), MemorySize.Word), default, out var value)) SetPair(ref o, value);
    }

    [Row(Mnemonic.Wrmsr)]
    public static void WriteModelRegister(ref TOps o, in X86Operands i) =>
        CallAndEnd(ref o, new Helper("wrmsr", &MsrHelpers.Write), o.ZeroExtend(o.Register(Slot.Rcx), MemorySize.Word), Pair(ref o));

    [Row(Mnemonic.Xgetbv)]
    public static void ReadExtendedControl(ref TOps o, in X86Operands i)
    {
        if (o.TryCall(new Helper("xgetbv", &SystemHelpers.ReadExtendedControl), o.Register(Slot.Rcx), default, out var value)) SetPair(ref o, value);
    }

    [Row(Mnemonic.Xsetbv)]
    public static void WriteExtendedControl(ref TOps o, in X86Operands i) =>
        CallAndEnd(ref o, new Helper("xsetbv", &SystemHelpers.WriteExtendedControl), o.Register(Slot.Rcx), Pair(ref o));

    [Row(Code.Mov_r32_cr, Code.Mov_r64_cr)]
    public static void ReadControl(ref TOps o, in X86Operands i)
    {
        if (o.TryCall(new Helper("read cr", &SystemHelpers.ReadControl), o.Constant(i.Source), default, out var value))
            Access<TOps, V>.Set(ref o, i.Width, i.Target, Access<TOps, V>.Wrap(ref o, i.Width, value));
    }

    [Row(Code.Mov_cr_r32, Code.Mov_cr_r64)]
    public static void WriteControl(ref TOps o, in X86Operands i) => CallAndEnd(ref o, new Helper("write cr", &SystemHelpers.WriteControl), o.Constant(i.Target),
        Access<TOps, V>.Wrap(ref o, i.SourceWidth, o.Register(i.Source)));

    [Row(Code.Mov_r32_dr, Code.Mov_r64_dr)]
    public static void ReadDebug(ref TOps o, in X86Operands i)
    {
        if (o.TryCall(new Helper("read dr", &SystemHelpers.ReadDebug), o.Constant(i.Source), default, out var value))
            Access<TOps, V>.Set(ref o, i.Width, i.Target, Access<TOps, V>.Wrap(ref o, i.Width, value));
    }

    [Row(Code.Mov_dr_r32, Code.Mov_dr_r64)]
    public static void WriteDebug(ref TOps o, in X86Operands i) => CallAndEnd(ref o, new Helper("write dr", &SystemHelpers.WriteDebug), o.Constant(i.Target),
        Access<TOps, V>.Wrap(ref o, i.SourceWidth, o.Register(i.Source)));

    [Row(Mnemonic.Smsw)]
    public static void StoreStatusWord(ref TOps o, in X86Operands i)
    {
        if (!o.TryCall(new Helper("smsw", &SystemHelpers.StatusWord), default, default, out var value)) return;
        if (i.Has(OperandTraits.TargetMemory)) Access<TOps, V>.TryWrite<Bits16>(ref o, i, o.ZeroExtend(value, MemorySize.Half));
        else Access<TOps, V>.Set(ref o, i.Width, i.Target, Access<TOps, V>.Wrap(ref o, i.Width, value));
    }

    [Row(Mnemonic.Lmsw)]
    public static void LoadStatusWord(ref TOps o, in X86Operands i)
    {
        if (Access<TOps, V>.TryRead<Bits16>(ref o, i, out var value)) CallAndEnd(ref o, new Helper("lmsw", &SystemHelpers.LoadStatusWord), value, default);
    }

    [Row(Mnemonic.Clts)]
    public static void ClearTaskSwitched(ref TOps o, in X86Operands i) => CallAndEnd(ref o, new Helper("clts", &SystemHelpers.ClearTaskSwitched), default, default);

    [Row(Mnemonic.Invlpg)]
    public static void InvalidatePage(ref TOps o, in X86Operands i)
    {
        var address = Access<TOps, V>.Offset(ref o, i);
        if (!i.Has(OperandTraits.Plain)) address = o.Add(address, o.Register(Slot.SegmentBase(i.Segment)));
        CallAndEnd(ref o, new Helper("invlpg", &SystemHelpers.InvalidatePage), address, default);
    }

    [Row(Mnemonic.Invpcid)]
    public static void InvalidateContext(ref TOps o, in X86Operands i)
    {
        if (!Access<TOps, V>.TryAddress(ref o, i, 16, forWriting: false, out var address) || !o.TryLoad(address, MemorySize.Double, out var identifier)) return;
        CallAndEnd(ref o, new Helper("invpcid", &SystemHelpers.InvalidateContext), o.Register(i.Target), identifier);
    }

    [Row(Mnemonic.Invd, Mnemonic.Wbinvd, Mnemonic.Wbnoinvd)]
    public static void InvalidateCaches(ref TOps o, in X86Operands i) => CallAndEnd(ref o, new Helper("wbinvd", &SystemHelpers.RequireSystem), default, default);

    [Row(Mnemonic.Swapgs)]
    public static void SwapGs(ref TOps o, in X86Operands i)
    {
        if (o.TrapIf(o.Register(Slot.Cpl), Fault.GeneralProtection, o.Constant(0))) return;
        var active = o.Register(Slot.SegmentBase((int)SegmentNumber.Gs));
        o.SetRegister(Slot.SegmentBase((int)SegmentNumber.Gs), o.Register(Slot.KernelGsBase));
        o.SetRegister(Slot.KernelGsBase, active);
    }

    [Row(Mnemonic.Rdfsbase)]
    public static void ReadFsBase(ref TOps o, in X86Operands i) => ReadBase(ref o, i, SegmentNumber.Fs);

    [Row(Mnemonic.Rdgsbase)]
    public static void ReadGsBase(ref TOps o, in X86Operands i) => ReadBase(ref o, i, SegmentNumber.Gs);

    [Row(Mnemonic.Wrfsbase)]
    public static void WriteFsBase(ref TOps o, in X86Operands i) => WriteBase(ref o, i, SegmentNumber.Fs);

    [Row(Mnemonic.Wrgsbase)]
    public static void WriteGsBase(ref TOps o, in X86Operands i) => WriteBase(ref o, i, SegmentNumber.Gs);

    [Row(Mnemonic.Monitor, Mnemonic.Mwait)]
    public static void Monitor(ref TOps o, in X86Operands i) => CallAndEnd(ref o, new Helper("monitor", &SystemHelpers.RequireSystem), default, default);

    [Row(Mnemonic.Rdrand, Mnemonic.Rdseed)]
    public static void Random(ref TOps o, in X86Operands i)
    {
        var value = o.Call(new Helper("rdrand", &SystemHelpers.Random), default, default);
        Access<TOps, V>.Set(ref o, i.Width, i.Target, Access<TOps, V>.Wrap(ref o, i.Width, value));
        FlagBits<TOps, V>.Set(ref o, o.Constant(EFlags.Carry));
    }

    [Row(Mnemonic.Ud0, Mnemonic.Ud1, Mnemonic.Ud2)]
    public static void Undefined(ref TOps o, in X86Operands i) => o.TrapIf(o.Constant(1), Fault.InvalidOpcode, o.Constant(0));

    private static V Port(ref TOps o, in X86Operands i, byte register) =>
        i.Has(OperandTraits.HasImmediate) ? o.Constant((byte)i.Immediate) : Access<TOps, V>.Get<Bits16>(ref o, register);

    private static void ReadBase(ref TOps o, in X86Operands i, SegmentNumber segment)
    {
        if (TrapWithoutBaseAccess(ref o)) return;
        Access<TOps, V>.Set(ref o, i.Width, i.Target, Access<TOps, V>.Wrap(ref o, i.Width, o.Register(Slot.SegmentBase((int)segment))));
    }

    private static void WriteBase(ref TOps o, in X86Operands i, SegmentNumber segment)
    {
        var value = Access<TOps, V>.Wrap(ref o, i.Width, o.Register(i.Target));
        var canonical = o.ShiftRightSigned(o.ShiftLeft(value, o.Constant(CpuIdentification.NoAddressBits)), o.Constant(CpuIdentification.NoAddressBits));
        if (TrapWithoutBaseAccess(ref o) || o.TrapIf(o.Xor(value, canonical), Fault.GeneralProtection, o.Constant(0))) return;
        o.SetRegister(Slot.SegmentBase((int)segment), value);
    }

    private static bool TrapWithoutBaseAccess(ref TOps o) =>
        o.TrapIf(o.Compare(Relation.Equal, o.And(o.Register(Slot.Cr4), o.Constant(Cr4.BaseAccess)), o.Constant(0)), Fault.InvalidOpcode, o.Constant(0));

    private static V Pair(ref TOps o) =>
        o.Or(o.ShiftLeft(o.Register(Slot.Rdx), o.Constant(32)), o.ZeroExtend(o.Register(Slot.Rax), MemorySize.Word));

    /// <summary>SDM volume 2, RDTSC: with CR4.TSD set only level 0 may read it.</summary>
    private static bool TryReadTime(ref TOps o, out V time)
    {
        time = default;
        var isDisabled = o.And(o.Constant(Cr4.TimeStampDisable), o.Register(Slot.Cr4));
        if (o.TrapIf(o.Select(isDisabled, o.Register(Slot.Cpl), o.Constant(0)), Fault.GeneralProtection, o.Constant(0))) return false;
        time = o.Add(o.ReadTime(), o.Register(Slot.TscOffset));
        return true;
    }

    private static void SetPair(ref TOps o, V value)
    {
        o.SetRegister(Slot.Rax, o.ZeroExtend(value, MemorySize.Word));
        o.SetRegister(Slot.Rdx, o.ShiftRight(value, o.Constant(32)));
    }

    private static void CallAndEnd(ref TOps o, in Helper helper, V a, V b)
    {
        if (o.TryCall(helper, a, b, out _)) o.EndBlock();
    }
}
