using Mimus.Translation.Ir;

namespace Mimus.Translation.X64;

/// <summary>Vectors of 16 and 32 bytes, as AVX instructions whose last operand is in memory, which need not be aligned.</summary>
internal unsafe partial struct Assembler
{
    private static readonly VectorRow[] s_vectors = CreateVectors();

    private enum VectorForm : byte
    {
        Binary,
        Unary,
        BinaryWithControl,
        UnaryWithControl,

        /// <summary>Of one operand in a register, by a control; the opcode has more bits where others have a register.</summary>
        Shift,
    }

    /// <summary>Whether an operation computes with floating-point numbers, and so may leave flags.</summary>
    public static bool IsFloat(IrVector operation) => s_vectors[(int)operation].IsFloat;

    /// <summary>Whether an operation has two operands.</summary>
    public static bool IsBinary(IrVector operation) => s_vectors[(int)operation].Form is VectorForm.Binary or VectorForm.BinaryWithControl;

    /// <summary>Whether the last operand must be in a register.</summary>
    public static bool TakesRegister(IrVector operation) => s_vectors[(int)operation].Form == VectorForm.Shift;

    /// <summary>d = a op b; of one operand it is b.</summary>
    public void Vector(IrVector operation, bool is256, Xmm d, Xmm a, Address b, byte control)
    {
        ref readonly var row = ref s_vectors[(int)operation];
        var p = VexMemory(row.Prefix, row.Map, row.Opcode, is256, (int)d, IsBinary(operation) ? (int)a : 0, b);
        End(row.Form is VectorForm.BinaryWithControl or VectorForm.UnaryWithControl ? Immediate8(p, control) : p);
    }

    /// <summary>The same of registers.</summary>
    public void Vector(IrVector operation, bool is256, Xmm d, Xmm a, Xmm b, byte control)
    {
        ref readonly var row = ref s_vectors[(int)operation];
        var p = row.Form == VectorForm.Shift
            ? Vex(row.Prefix, row.Map, row.Opcode, false, row.Digit, (int)d, (int)b, is256)
            : Vex(row.Prefix, row.Map, row.Opcode, false, (int)d, IsBinary(operation) ? (int)a : 0, (int)b, is256);
        End(row.Form is VectorForm.Binary or VectorForm.Unary ? p : Immediate8(p, control));
    }

    /// <summary>pinsrq: one half of the register; the other stays.</summary>
    public void InsertHalf(Xmm d, Gpr s, int half) => End(Immediate8(Registers(P66, Map.M0f3a, 0x22, W(true), (int)d, (int)s), half));

    /// <summary>pextrq.</summary>
    public void ExtractHalf(Gpr d, Xmm s, int half) => End(Immediate8(Registers(P66, Map.M0f3a, 0x16, W(true), (int)s, (int)d), half));

    /// <summary>vmovups.</summary>
    public void LoadVector(bool is256, Xmm d, Address s) => End(VexMemory(NoPrefix, Map.M0f, 0x10, is256, (int)d, 0, s));

    public void StoreVector(bool is256, Address d, Xmm s) => End(VexMemory(NoPrefix, Map.M0f, 0x11, is256, (int)s, 0, d));

    private readonly byte* VexMemory(byte prefix, Map map, int opcode, bool is256, int reg, int second, Address a)
    {
        var p = Position;
        *p++ = 0xc4;
        *p++ = (byte)(((~reg & 8) << 4) | ((~a.Rex & 2) << 5) | ((~a.Rex & 1) << 5) | (int)map);
        *p++ = (byte)(((~second & 15) << 3) | (is256 ? 4 : 0) | (prefix switch { NoPrefix => 0, P66 => 1, _ => Pf3 + 2 - prefix }));
        return Operand(Immediate8(p, opcode), reg, a);
    }

    private static VectorRow[] CreateVectors()
    {
        var rows = new VectorRow[Enum.GetValues<IrVector>().Length];
        rows[(int)IrVector.AddB] = new(P66, Map.M0f, 0xfc, VectorForm.Binary);
        rows[(int)IrVector.AddW] = new(P66, Map.M0f, 0xfd, VectorForm.Binary);
        rows[(int)IrVector.AddD] = new(P66, Map.M0f, 0xfe, VectorForm.Binary);
        rows[(int)IrVector.AddQ] = new(P66, Map.M0f, 0xd4, VectorForm.Binary);
        rows[(int)IrVector.SubB] = new(P66, Map.M0f, 0xf8, VectorForm.Binary);
        rows[(int)IrVector.SubW] = new(P66, Map.M0f, 0xf9, VectorForm.Binary);
        rows[(int)IrVector.SubD] = new(P66, Map.M0f, 0xfa, VectorForm.Binary);
        rows[(int)IrVector.SubQ] = new(P66, Map.M0f, 0xfb, VectorForm.Binary);
        rows[(int)IrVector.AddSaturateSB] = new(P66, Map.M0f, 0xec, VectorForm.Binary);
        rows[(int)IrVector.AddSaturateSW] = new(P66, Map.M0f, 0xed, VectorForm.Binary);
        rows[(int)IrVector.AddSaturateUB] = new(P66, Map.M0f, 0xdc, VectorForm.Binary);
        rows[(int)IrVector.AddSaturateUW] = new(P66, Map.M0f, 0xdd, VectorForm.Binary);
        rows[(int)IrVector.SubSaturateSB] = new(P66, Map.M0f, 0xe8, VectorForm.Binary);
        rows[(int)IrVector.SubSaturateSW] = new(P66, Map.M0f, 0xe9, VectorForm.Binary);
        rows[(int)IrVector.SubSaturateUB] = new(P66, Map.M0f, 0xd8, VectorForm.Binary);
        rows[(int)IrVector.SubSaturateUW] = new(P66, Map.M0f, 0xd9, VectorForm.Binary);
        rows[(int)IrVector.MultiplyLowW] = new(P66, Map.M0f, 0xd5, VectorForm.Binary);
        rows[(int)IrVector.MultiplyHighW] = new(P66, Map.M0f, 0xe5, VectorForm.Binary);
        rows[(int)IrVector.MultiplyHighUW] = new(P66, Map.M0f, 0xe4, VectorForm.Binary);
        rows[(int)IrVector.MultiplyUD] = new(P66, Map.M0f, 0xf4, VectorForm.Binary);
        rows[(int)IrVector.MultiplyAddW] = new(P66, Map.M0f, 0xf5, VectorForm.Binary);
        rows[(int)IrVector.AverageB] = new(P66, Map.M0f, 0xe0, VectorForm.Binary);
        rows[(int)IrVector.AverageW] = new(P66, Map.M0f, 0xe3, VectorForm.Binary);
        rows[(int)IrVector.SumOfDifferences] = new(P66, Map.M0f, 0xf6, VectorForm.Binary);
        rows[(int)IrVector.MinimumUB] = new(P66, Map.M0f, 0xda, VectorForm.Binary);
        rows[(int)IrVector.MaximumUB] = new(P66, Map.M0f, 0xde, VectorForm.Binary);
        rows[(int)IrVector.MinimumSW] = new(P66, Map.M0f, 0xea, VectorForm.Binary);
        rows[(int)IrVector.MaximumSW] = new(P66, Map.M0f, 0xee, VectorForm.Binary);
        rows[(int)IrVector.And] = new(P66, Map.M0f, 0xdb, VectorForm.Binary);
        rows[(int)IrVector.AndNot] = new(P66, Map.M0f, 0xdf, VectorForm.Binary);
        rows[(int)IrVector.Or] = new(P66, Map.M0f, 0xeb, VectorForm.Binary);
        rows[(int)IrVector.Xor] = new(P66, Map.M0f, 0xef, VectorForm.Binary);
        rows[(int)IrVector.EqualB] = new(P66, Map.M0f, 0x74, VectorForm.Binary);
        rows[(int)IrVector.EqualW] = new(P66, Map.M0f, 0x75, VectorForm.Binary);
        rows[(int)IrVector.EqualD] = new(P66, Map.M0f, 0x76, VectorForm.Binary);
        rows[(int)IrVector.GreaterB] = new(P66, Map.M0f, 0x64, VectorForm.Binary);
        rows[(int)IrVector.GreaterW] = new(P66, Map.M0f, 0x65, VectorForm.Binary);
        rows[(int)IrVector.GreaterD] = new(P66, Map.M0f, 0x66, VectorForm.Binary);
        rows[(int)IrVector.UnpackLowB] = new(P66, Map.M0f, 0x60, VectorForm.Binary);
        rows[(int)IrVector.UnpackLowW] = new(P66, Map.M0f, 0x61, VectorForm.Binary);
        rows[(int)IrVector.UnpackLowD] = new(P66, Map.M0f, 0x62, VectorForm.Binary);
        rows[(int)IrVector.UnpackLowQ] = new(P66, Map.M0f, 0x6c, VectorForm.Binary);
        rows[(int)IrVector.UnpackHighB] = new(P66, Map.M0f, 0x68, VectorForm.Binary);
        rows[(int)IrVector.UnpackHighW] = new(P66, Map.M0f, 0x69, VectorForm.Binary);
        rows[(int)IrVector.UnpackHighD] = new(P66, Map.M0f, 0x6a, VectorForm.Binary);
        rows[(int)IrVector.UnpackHighQ] = new(P66, Map.M0f, 0x6d, VectorForm.Binary);
        rows[(int)IrVector.PackSignedW] = new(P66, Map.M0f, 0x63, VectorForm.Binary);
        rows[(int)IrVector.PackUnsignedW] = new(P66, Map.M0f, 0x67, VectorForm.Binary);
        rows[(int)IrVector.PackSignedD] = new(P66, Map.M0f, 0x6b, VectorForm.Binary);
        rows[(int)IrVector.ShuffleB] = new(P66, Map.M0f38, 0x00, VectorForm.Binary);
        rows[(int)IrVector.HorizontalAddW] = new(P66, Map.M0f38, 0x01, VectorForm.Binary);
        rows[(int)IrVector.HorizontalAddD] = new(P66, Map.M0f38, 0x02, VectorForm.Binary);
        rows[(int)IrVector.HorizontalAddSaturateW] = new(P66, Map.M0f38, 0x03, VectorForm.Binary);
        rows[(int)IrVector.MultiplyAddB] = new(P66, Map.M0f38, 0x04, VectorForm.Binary);
        rows[(int)IrVector.HorizontalSubW] = new(P66, Map.M0f38, 0x05, VectorForm.Binary);
        rows[(int)IrVector.HorizontalSubD] = new(P66, Map.M0f38, 0x06, VectorForm.Binary);
        rows[(int)IrVector.HorizontalSubSaturateW] = new(P66, Map.M0f38, 0x07, VectorForm.Binary);
        rows[(int)IrVector.SignB] = new(P66, Map.M0f38, 0x08, VectorForm.Binary);
        rows[(int)IrVector.SignW] = new(P66, Map.M0f38, 0x09, VectorForm.Binary);
        rows[(int)IrVector.SignD] = new(P66, Map.M0f38, 0x0a, VectorForm.Binary);
        rows[(int)IrVector.MultiplyHighRoundW] = new(P66, Map.M0f38, 0x0b, VectorForm.Binary);
        rows[(int)IrVector.MultiplySD] = new(P66, Map.M0f38, 0x28, VectorForm.Binary);
        rows[(int)IrVector.EqualQ] = new(P66, Map.M0f38, 0x29, VectorForm.Binary);
        rows[(int)IrVector.PackUnsignedD] = new(P66, Map.M0f38, 0x2b, VectorForm.Binary);
        rows[(int)IrVector.GreaterQ] = new(P66, Map.M0f38, 0x37, VectorForm.Binary);
        rows[(int)IrVector.MinimumSB] = new(P66, Map.M0f38, 0x38, VectorForm.Binary);
        rows[(int)IrVector.MinimumSD] = new(P66, Map.M0f38, 0x39, VectorForm.Binary);
        rows[(int)IrVector.MinimumUW] = new(P66, Map.M0f38, 0x3a, VectorForm.Binary);
        rows[(int)IrVector.MinimumUD] = new(P66, Map.M0f38, 0x3b, VectorForm.Binary);
        rows[(int)IrVector.MaximumSB] = new(P66, Map.M0f38, 0x3c, VectorForm.Binary);
        rows[(int)IrVector.MaximumSD] = new(P66, Map.M0f38, 0x3d, VectorForm.Binary);
        rows[(int)IrVector.MaximumUW] = new(P66, Map.M0f38, 0x3e, VectorForm.Binary);
        rows[(int)IrVector.MaximumUD] = new(P66, Map.M0f38, 0x3f, VectorForm.Binary);
        rows[(int)IrVector.MultiplyLowD] = new(P66, Map.M0f38, 0x40, VectorForm.Binary);
        rows[(int)IrVector.AbsoluteB] = new(P66, Map.M0f38, 0x1c, VectorForm.Unary);
        rows[(int)IrVector.AbsoluteW] = new(P66, Map.M0f38, 0x1d, VectorForm.Unary);
        rows[(int)IrVector.AbsoluteD] = new(P66, Map.M0f38, 0x1e, VectorForm.Unary);
        rows[(int)IrVector.ShiftLeftW] = new(P66, Map.M0f, 0xf1, VectorForm.Binary);
        rows[(int)IrVector.ShiftLeftD] = new(P66, Map.M0f, 0xf2, VectorForm.Binary);
        rows[(int)IrVector.ShiftLeftQ] = new(P66, Map.M0f, 0xf3, VectorForm.Binary);
        rows[(int)IrVector.ShiftRightW] = new(P66, Map.M0f, 0xd1, VectorForm.Binary);
        rows[(int)IrVector.ShiftRightD] = new(P66, Map.M0f, 0xd2, VectorForm.Binary);
        rows[(int)IrVector.ShiftRightQ] = new(P66, Map.M0f, 0xd3, VectorForm.Binary);
        rows[(int)IrVector.ShiftRightSignedW] = new(P66, Map.M0f, 0xe1, VectorForm.Binary);
        rows[(int)IrVector.ShiftRightSignedD] = new(P66, Map.M0f, 0xe2, VectorForm.Binary);
        rows[(int)IrVector.ShiftRightWBy] = new(P66, Map.M0f, 0x71, VectorForm.Shift, Digit: 2);
        rows[(int)IrVector.ShiftRightSignedWBy] = new(P66, Map.M0f, 0x71, VectorForm.Shift, Digit: 4);
        rows[(int)IrVector.ShiftLeftWBy] = new(P66, Map.M0f, 0x71, VectorForm.Shift, Digit: 6);
        rows[(int)IrVector.ShiftRightDBy] = new(P66, Map.M0f, 0x72, VectorForm.Shift, Digit: 2);
        rows[(int)IrVector.ShiftRightSignedDBy] = new(P66, Map.M0f, 0x72, VectorForm.Shift, Digit: 4);
        rows[(int)IrVector.ShiftLeftDBy] = new(P66, Map.M0f, 0x72, VectorForm.Shift, Digit: 6);
        rows[(int)IrVector.ShiftRightQBy] = new(P66, Map.M0f, 0x73, VectorForm.Shift, Digit: 2);
        rows[(int)IrVector.ShiftRightBytes] = new(P66, Map.M0f, 0x73, VectorForm.Shift, Digit: 3);
        rows[(int)IrVector.ShiftLeftQBy] = new(P66, Map.M0f, 0x73, VectorForm.Shift, Digit: 6);
        rows[(int)IrVector.ShiftLeftBytes] = new(P66, Map.M0f, 0x73, VectorForm.Shift, Digit: 7);
        rows[(int)IrVector.ShuffleD] = new(P66, Map.M0f, 0x70, VectorForm.UnaryWithControl);
        rows[(int)IrVector.ShuffleLowW] = new(Pf2, Map.M0f, 0x70, VectorForm.UnaryWithControl);
        rows[(int)IrVector.ShuffleHighW] = new(Pf3, Map.M0f, 0x70, VectorForm.UnaryWithControl);
        rows[(int)IrVector.AlignRight] = new(P66, Map.M0f3a, 0x0f, VectorForm.BinaryWithControl);
        rows[(int)IrVector.BlendW] = new(P66, Map.M0f3a, 0x0e, VectorForm.BinaryWithControl);
        rows[(int)IrVector.BlendD] = new(P66, Map.M0f3a, 0x0c, VectorForm.BinaryWithControl);
        rows[(int)IrVector.BlendQ] = new(P66, Map.M0f3a, 0x0d, VectorForm.BinaryWithControl);
        rows[(int)IrVector.ShuffleDoubles] = new(P66, Map.M0f, 0xc6, VectorForm.BinaryWithControl);
        rows[(int)IrVector.ShuffleSingles] = new(NoPrefix, Map.M0f, 0xc6, VectorForm.BinaryWithControl);
        rows[(int)IrVector.DuplicateEvenD] = new(Pf3, Map.M0f, 0x12, VectorForm.Unary);
        rows[(int)IrVector.DuplicateOddD] = new(Pf3, Map.M0f, 0x16, VectorForm.Unary);
        rows[(int)IrVector.EncryptRound] = new(P66, Map.M0f38, 0xdc, VectorForm.Binary);
        rows[(int)IrVector.EncryptLast] = new(P66, Map.M0f38, 0xdd, VectorForm.Binary);
        rows[(int)IrVector.DecryptRound] = new(P66, Map.M0f38, 0xde, VectorForm.Binary);
        rows[(int)IrVector.DecryptLast] = new(P66, Map.M0f38, 0xdf, VectorForm.Binary);
        rows[(int)IrVector.AddSingles] = new(NoPrefix, Map.M0f, 0x58, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.MultiplySingles] = new(NoPrefix, Map.M0f, 0x59, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.SubtractSingles] = new(NoPrefix, Map.M0f, 0x5c, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.MinimumSingles] = new(NoPrefix, Map.M0f, 0x5d, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.DivideSingles] = new(NoPrefix, Map.M0f, 0x5e, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.MaximumSingles] = new(NoPrefix, Map.M0f, 0x5f, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.SquareRootSingles] = new(NoPrefix, Map.M0f, 0x51, VectorForm.Unary, IsFloat: true);
        rows[(int)IrVector.CompareSingles] = new(NoPrefix, Map.M0f, 0xc2, VectorForm.BinaryWithControl, IsFloat: true);
        rows[(int)IrVector.AddDoubles] = new(P66, Map.M0f, 0x58, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.MultiplyDoubles] = new(P66, Map.M0f, 0x59, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.SubtractDoubles] = new(P66, Map.M0f, 0x5c, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.MinimumDoubles] = new(P66, Map.M0f, 0x5d, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.DivideDoubles] = new(P66, Map.M0f, 0x5e, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.MaximumDoubles] = new(P66, Map.M0f, 0x5f, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.SquareRootDoubles] = new(P66, Map.M0f, 0x51, VectorForm.Unary, IsFloat: true);
        rows[(int)IrVector.CompareDoubles] = new(P66, Map.M0f, 0xc2, VectorForm.BinaryWithControl, IsFloat: true);
        rows[(int)IrVector.AddSingle] = new(Pf3, Map.M0f, 0x58, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.MultiplySingle] = new(Pf3, Map.M0f, 0x59, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.SubtractSingle] = new(Pf3, Map.M0f, 0x5c, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.MinimumSingle] = new(Pf3, Map.M0f, 0x5d, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.DivideSingle] = new(Pf3, Map.M0f, 0x5e, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.MaximumSingle] = new(Pf3, Map.M0f, 0x5f, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.SquareRootSingle] = new(Pf3, Map.M0f, 0x51, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.CompareSingle] = new(Pf3, Map.M0f, 0xc2, VectorForm.BinaryWithControl, IsFloat: true);
        rows[(int)IrVector.AddDouble] = new(Pf2, Map.M0f, 0x58, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.MultiplyDouble] = new(Pf2, Map.M0f, 0x59, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.SubtractDouble] = new(Pf2, Map.M0f, 0x5c, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.MinimumDouble] = new(Pf2, Map.M0f, 0x5d, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.DivideDouble] = new(Pf2, Map.M0f, 0x5e, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.MaximumDouble] = new(Pf2, Map.M0f, 0x5f, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.SquareRootDouble] = new(Pf2, Map.M0f, 0x51, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.CompareDouble] = new(Pf2, Map.M0f, 0xc2, VectorForm.BinaryWithControl, IsFloat: true);
        rows[(int)IrVector.RoundSingles] = new(P66, Map.M0f3a, 0x08, VectorForm.UnaryWithControl, IsFloat: true);
        rows[(int)IrVector.RoundDoubles] = new(P66, Map.M0f3a, 0x09, VectorForm.UnaryWithControl, IsFloat: true);
        rows[(int)IrVector.RoundSingle] = new(P66, Map.M0f3a, 0x0a, VectorForm.BinaryWithControl, IsFloat: true);
        rows[(int)IrVector.RoundDouble] = new(P66, Map.M0f3a, 0x0b, VectorForm.BinaryWithControl, IsFloat: true);
        rows[(int)IrVector.HorizontalAddSingles] = new(Pf2, Map.M0f, 0x7c, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.HorizontalSubSingles] = new(Pf2, Map.M0f, 0x7d, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.AlternateSingles] = new(Pf2, Map.M0f, 0xd0, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.HorizontalAddDoubles] = new(P66, Map.M0f, 0x7c, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.HorizontalSubDoubles] = new(P66, Map.M0f, 0x7d, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.AlternateDoubles] = new(P66, Map.M0f, 0xd0, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.SingleToDouble] = new(Pf3, Map.M0f, 0x5a, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.DoubleToSingle] = new(Pf2, Map.M0f, 0x5a, VectorForm.Binary, IsFloat: true);
        rows[(int)IrVector.IntegersToSingles] = new(NoPrefix, Map.M0f, 0x5b, VectorForm.Unary, IsFloat: true);
        rows[(int)IrVector.SinglesToIntegers] = new(P66, Map.M0f, 0x5b, VectorForm.Unary, IsFloat: true);
        rows[(int)IrVector.SinglesToIntegersTruncated] = new(Pf3, Map.M0f, 0x5b, VectorForm.Unary, IsFloat: true);
        rows[(int)IrVector.SinglesToDoubles] = new(NoPrefix, Map.M0f, 0x5a, VectorForm.Unary, IsFloat: true);
        rows[(int)IrVector.IntegersToDoubles] = new(Pf3, Map.M0f, 0xe6, VectorForm.Unary, IsFloat: true);
        rows[(int)IrVector.Copy] = new(NoPrefix, Map.M0f, 0x10, VectorForm.Unary);
        return rows;
    }

    private readonly record struct VectorRow(byte Prefix, Map Map, byte Opcode, VectorForm Form, bool IsFloat = false, byte Digit = 0);
}
