namespace Mimus.Isa.RiscV.Instructions;

/// <summary>
/// How the fields of instructions become operands. Registers become slots; a result for x0 goes to the sink, so that
/// semantics need no case for it.
/// </summary>
internal static class OperandFields
{
    private const int FirstCompressed = 8;

    [OperandField("rd", 5)]
    public static void Rd(ref Operands o, int n) => o.Rd = (byte)(n == 0 ? Slot.Sink : n);

    [OperandField("rd'", 3)]
    public static void RdCompressed(ref Operands o, int n) => o.Rd = (byte)(n + FirstCompressed);

    [OperandField("rs1", 5)]
    [OperandField("zimm", 5)]
    public static void Rs1(ref Operands o, int n) => o.Rs1 = (byte)n;

    [OperandField("rs1'", 3)]
    public static void Rs1Compressed(ref Operands o, int n) => o.Rs1 = (byte)(n + FirstCompressed);

    [OperandField("rs2", 5)]
    public static void Rs2(ref Operands o, int n) => o.Rs2 = (byte)n;

    [OperandField("rs2'", 3)]
    public static void Rs2Compressed(ref Operands o, int n) => o.Rs2 = (byte)(n + FirstCompressed);

    [OperandField("rd/rs1", 5)]
    public static void RdRs1(ref Operands o, int n)
    {
        Rd(ref o, n);
        Rs1(ref o, n);
    }

    [OperandField("rd'/rs1'", 3)]
    public static void RdRs1Compressed(ref Operands o, int n) => RdRs1(ref o, n + FirstCompressed);

    [OperandField("fd", 5)]
    public static void Fd(ref Operands o, int n) => o.Rd = (byte)(n + Slot.F0);

    [OperandField("fd'", 3)]
    public static void FdCompressed(ref Operands o, int n) => Fd(ref o, n + FirstCompressed);

    [OperandField("fs1", 5)]
    public static void Fs1(ref Operands o, int n) => o.Rs1 = (byte)(n + Slot.F0);

    [OperandField("fs2", 5)]
    public static void Fs2(ref Operands o, int n) => o.Rs2 = (byte)(n + Slot.F0);

    [OperandField("fs2'", 3)]
    public static void Fs2Compressed(ref Operands o, int n) => Fs2(ref o, n + FirstCompressed);

    /// <summary>The third source of the fused multiply-adds, above the rounding mode.</summary>
    [OperandField("fs3", 5)]
    public static void Fs3(ref Operands o, int n) => o.Imm |= (n + Slot.F0) << 8;

    [OperandField("rm", 3)]
    public static void Rm(ref Operands o, int n) => o.Imm |= n;

    /// <summary>An immediate with a sign; each pattern shows its bits.</summary>
    [OperandField("imm", 0, Signed = true)]
    public static void Imm(ref Operands o, int n) => o.Imm = n;

    /// <summary>An immediate without a sign, and the fields that are used like one.</summary>
    [OperandField("uimm", 0)]
    [OperandField("csr", 12)]
    [OperandField("shamt", 0)]
    [OperandField("fli", 5)]
    public static void UnsignedImm(ref Operands o, int n) => o.Imm = n;
}
