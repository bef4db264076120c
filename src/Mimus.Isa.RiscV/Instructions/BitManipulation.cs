using static Mimus.Isa.MemorySize;
using static Mimus.Isa.RiscV.Extension;

namespace Mimus.Isa.RiscV.Instructions;

/// <summary>Zba, Zbb, Zbc, Zbs and the scalar bit manipulation for cryptography: Zbkb, Zbkc, Zbkx.</summary>
[InstructionSet((ulong)Zbb)]
internal static unsafe class BitManipulation<TOps, V> where TOps : struct, IGuestOps<V> where V : unmanaged
{
    private const ulong A = (ulong)Zba;
    private const ulong S = (ulong)Zbs;
    private const ulong BasicOrCrypto = (ulong)(Zbb | Zbkb);
    private const ulong Carryless = (ulong)(Zbc | Zbkc);
    private const ulong Crypto = (ulong)Zbkb;

    private static readonly Helper s_reverseBits = new("brev8", &BitHelpers.ReverseBitsInBytes);
    private static readonly Helper s_permuteBytes = new("xperm8", &BitHelpers.PermuteBytes);
    private static readonly Helper s_permuteNibbles = new("xperm4", &BitHelpers.PermuteNibbles);

    [Instruction("sh1add", "0010000 rs2 rs1 010 rd 0110011", AnyOf = A)]
    public static void Shift1Add(ref TOps o, in Operands i) => ShiftAdd(ref o, i, 1, o.Register(i.Rs1));

    [Instruction("sh2add", "0010000 rs2 rs1 100 rd 0110011", AnyOf = A)]
    public static void Shift2Add(ref TOps o, in Operands i) => ShiftAdd(ref o, i, 2, o.Register(i.Rs1));

    [Instruction("sh3add", "0010000 rs2 rs1 110 rd 0110011", AnyOf = A)]
    public static void Shift3Add(ref TOps o, in Operands i) => ShiftAdd(ref o, i, 3, o.Register(i.Rs1));

    [Instruction("add.uw", "0000100 rs2 rs1 000 rd 0111011", AnyOf = A)]
    public static void AddUnsignedWord(ref TOps o, in Operands i) => ShiftAdd(ref o, i, 0, o.ZeroExtend(o.Register(i.Rs1), Word));

    [Instruction("sh1add.uw", "0010000 rs2 rs1 010 rd 0111011", AnyOf = A)]
    public static void Shift1AddUnsignedWord(ref TOps o, in Operands i) => ShiftAdd(ref o, i, 1, o.ZeroExtend(o.Register(i.Rs1), Word));

    [Instruction("sh2add.uw", "0010000 rs2 rs1 100 rd 0111011", AnyOf = A)]
    public static void Shift2AddUnsignedWord(ref TOps o, in Operands i) => ShiftAdd(ref o, i, 2, o.ZeroExtend(o.Register(i.Rs1), Word));

    [Instruction("sh3add.uw", "0010000 rs2 rs1 110 rd 0111011", AnyOf = A)]
    public static void Shift3AddUnsignedWord(ref TOps o, in Operands i) => ShiftAdd(ref o, i, 3, o.ZeroExtend(o.Register(i.Rs1), Word));

    [Instruction("slli.uw", "000010 shamt[5:0] rs1 001 rd 0011011", AnyOf = A)]
    public static void ShiftLeftUnsignedWord(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.ShiftLeft(o.ZeroExtend(o.Register(i.Rs1), Word), o.Constant((ulong)i.Imm)));

    [Instruction("andn", "0100000 rs2 rs1 111 rd 0110011", AnyOf = BasicOrCrypto)]
    public static void AndNot(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.And(o.Register(i.Rs1), Not(ref o, o.Register(i.Rs2))));

    [Instruction("orn", "0100000 rs2 rs1 110 rd 0110011", AnyOf = BasicOrCrypto)]
    public static void OrNot(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.Or(o.Register(i.Rs1), Not(ref o, o.Register(i.Rs2))));

    [Instruction("xnor", "0100000 rs2 rs1 100 rd 0110011", AnyOf = BasicOrCrypto)]
    public static void XorNot(ref TOps o, in Operands i) => o.SetRegister(i.Rd, Not(ref o, o.Xor(o.Register(i.Rs1), o.Register(i.Rs2))));

    [Instruction("clz", "0110000 00000 rs1 001 rd 0010011")]
    public static void CountLeadingZeros(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.CountLeadingZeros(o.Register(i.Rs1)));

    [Instruction("ctz", "0110000 00001 rs1 001 rd 0010011")]
    public static void CountTrailingZeros(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.CountTrailingZeros(o.Register(i.Rs1)));

    [Instruction("cpop", "0110000 00010 rs1 001 rd 0010011")]
    public static void CountOnes(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.CountOnes(o.Register(i.Rs1)));

    // A bit above the word bounds the counts at 32.

    [Instruction("clzw", "0110000 00000 rs1 001 rd 0011011")]
    public static void CountLeadingZerosWord(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.CountLeadingZeros(o.Or(o.ShiftLeft(o.Register(i.Rs1), o.Constant(32)), o.Constant(1ul << 31))));

    [Instruction("ctzw", "0110000 00001 rs1 001 rd 0011011")]
    public static void CountTrailingZerosWord(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.CountTrailingZeros(o.Or(o.Register(i.Rs1), o.Constant(1ul << 32))));

    [Instruction("cpopw", "0110000 00010 rs1 001 rd 0011011")]
    public static void CountOnesWord(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.CountOnes(o.ZeroExtend(o.Register(i.Rs1), Word)));

    [Instruction("max", "0000101 rs2 rs1 110 rd 0110011")]
    public static void Maximum(ref TOps o, in Operands i) => Choose(ref o, i, Relation.GreaterOrEqualSigned);

    [Instruction("maxu", "0000101 rs2 rs1 111 rd 0110011")]
    public static void MaximumUnsigned(ref TOps o, in Operands i) => Choose(ref o, i, Relation.GreaterOrEqualUnsigned);

    [Instruction("min", "0000101 rs2 rs1 100 rd 0110011")]
    public static void Minimum(ref TOps o, in Operands i) => Choose(ref o, i, Relation.LessSigned);

    [Instruction("minu", "0000101 rs2 rs1 101 rd 0110011")]
    public static void MinimumUnsigned(ref TOps o, in Operands i) => Choose(ref o, i, Relation.LessUnsigned);

    [Instruction("sext.b", "0110000 00100 rs1 001 rd 0010011")]
    [Instruction("c.sext.b", "100111 rd'/rs1' 11 001 01", AllOf = (ulong)Zcb)]
    public static void SignExtendByte(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.SignExtend(o.Register(i.Rs1), MemorySize.Byte));

    [Instruction("sext.h", "0110000 00101 rs1 001 rd 0010011")]
    [Instruction("c.sext.h", "100111 rd'/rs1' 11 011 01", AllOf = (ulong)Zcb)]
    public static void SignExtendHalf(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.SignExtend(o.Register(i.Rs1), MemorySize.Half));

    [Instruction("zext.h", "0000100 00000 rs1 100 rd 0111011", AnyOf = (ulong)Zbb)]
    [Instruction("c.zext.h", "100111 rd'/rs1' 11 010 01", AllOf = (ulong)Zcb)]
    public static void ZeroExtendHalf(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.ZeroExtend(o.Register(i.Rs1), MemorySize.Half));

    [Instruction("c.zext.w", "100111 rd'/rs1' 11 100 01", AnyOf = A, AllOf = (ulong)Zcb)]
    public static void ZeroExtendWord(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.ZeroExtend(o.Register(i.Rs1), Word));

    [Instruction("c.zext.b", "100111 rd'/rs1' 11 000 01", AnyOf = (ulong)Zcb)]
    public static void ZeroExtendByte(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.ZeroExtend(o.Register(i.Rs1), MemorySize.Byte));

    [Instruction("c.not", "100111 rd'/rs1' 11 101 01", AnyOf = (ulong)Zcb)]
    public static void Not(ref TOps o, in Operands i) => o.SetRegister(i.Rd, Not(ref o, o.Register(i.Rs1)));

    [Instruction("ror", "0110000 rs2 rs1 101 rd 0110011", AnyOf = BasicOrCrypto)]
    public static void RotateRight(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.RotateRight(o.Register(i.Rs1), o.Register(i.Rs2)));

    [Instruction("rol", "0110000 rs2 rs1 001 rd 0110011", AnyOf = BasicOrCrypto)]
    public static void RotateLeft(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.RotateRight(o.Register(i.Rs1), o.Subtract(o.Constant(0), o.Register(i.Rs2))));

    [Instruction("rori", "011000 shamt[5:0] rs1 101 rd 0010011", AnyOf = BasicOrCrypto)]
    public static void RotateRightImmediate(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.RotateRight(o.Register(i.Rs1), o.Constant((ulong)i.Imm)));

    [Instruction("rorw", "0110000 rs2 rs1 101 rd 0111011", AnyOf = BasicOrCrypto)]
    public static void RotateRightWord(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.SignExtend(o.RotateRight32(o.Register(i.Rs1), o.Register(i.Rs2)), Word));

    [Instruction("rolw", "0110000 rs2 rs1 001 rd 0111011", AnyOf = BasicOrCrypto)]
    public static void RotateLeftWord(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.SignExtend(o.RotateRight32(o.Register(i.Rs1), o.Subtract(o.Constant(0), o.Register(i.Rs2))), Word));

    [Instruction("roriw", "0110000 shamt[4:0] rs1 101 rd 0011011", AnyOf = BasicOrCrypto)]
    public static void RotateRightImmediateWord(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.SignExtend(o.RotateRight32(o.Register(i.Rs1), o.Constant((ulong)i.Imm)), Word));

    [Instruction("rev8", "011010111000 rs1 101 rd 0010011", AnyOf = BasicOrCrypto)]
    public static void ReverseBytes(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.ReverseBytes(o.Register(i.Rs1)));

    [Instruction("orc.b", "001010000111 rs1 101 rd 0010011")]
    public static void OrCombine(ref TOps o, in Operands i)
    {
        // Adding 0x7f carries into a byte's top bit where one of its other bits is set.
        var value = o.Register(i.Rs1);
        var otherBits = o.Constant(0x7f7f_7f7f_7f7f_7f7f);
        var top = o.Or(o.Add(o.And(value, otherBits), otherBits), value);
        var isNotZero = o.And(o.ShiftRight(top, o.Constant(7)), o.Constant(0x0101_0101_0101_0101));
        o.SetRegister(i.Rd, o.Subtract(o.ShiftLeft(isNotZero, o.Constant(8)), isNotZero));
    }

    [Instruction("bclr", "0100100 rs2 rs1 001 rd 0110011", AnyOf = S)]
    public static void BitClear(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.And(o.Register(i.Rs1), Not(ref o, Bit(ref o, o.Register(i.Rs2)))));

    [Instruction("bclri", "010010 shamt[5:0] rs1 001 rd 0010011", AnyOf = S)]
    public static void BitClearImmediate(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.And(o.Register(i.Rs1), o.Constant(~(1ul << i.Imm))));

    [Instruction("bset", "0010100 rs2 rs1 001 rd 0110011", AnyOf = S)]
    public static void BitSet(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.Or(o.Register(i.Rs1), Bit(ref o, o.Register(i.Rs2))));

    [Instruction("bseti", "001010 shamt[5:0] rs1 001 rd 0010011", AnyOf = S)]
    public static void BitSetImmediate(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.Or(o.Register(i.Rs1), o.Constant(1ul << i.Imm)));

    [Instruction("binv", "0110100 rs2 rs1 001 rd 0110011", AnyOf = S)]
    public static void BitInvert(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.Xor(o.Register(i.Rs1), Bit(ref o, o.Register(i.Rs2))));

    [Instruction("binvi", "011010 shamt[5:0] rs1 001 rd 0010011", AnyOf = S)]
    public static void BitInvertImmediate(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.Xor(o.Register(i.Rs1), o.Constant(1ul << i.Imm)));

    [Instruction("bext", "0100100 rs2 rs1 101 rd 0110011", AnyOf = S)]
    public static void BitExtract(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.And(o.ShiftRight(o.Register(i.Rs1), o.Register(i.Rs2)), o.Constant(1)));

    [Instruction("bexti", "010010 shamt[5:0] rs1 101 rd 0010011", AnyOf = S)]
    public static void BitExtractImmediate(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.And(o.ShiftRight(o.Register(i.Rs1), o.Constant((ulong)i.Imm)), o.Constant(1)));

    [Instruction("clmul", "0000101 rs2 rs1 001 rd 0110011", AnyOf = Carryless)]
    public static void CarrylessMultiply(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.CarrylessMultiplyLow(o.Register(i.Rs1), o.Register(i.Rs2)));

    [Instruction("clmulh", "0000101 rs2 rs1 011 rd 0110011", AnyOf = Carryless)]
    public static void CarrylessMultiplyHigh(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.CarrylessMultiplyHigh(o.Register(i.Rs1), o.Register(i.Rs2)));

    [Instruction("clmulr", "0000101 rs2 rs1 010 rd 0110011", AnyOf = (ulong)Zbc)]
    public static void CarrylessMultiplyReversed(ref TOps o, in Operands i)
    {
        // Bits 126 to 63 of the product.
        var low = o.CarrylessMultiplyLow(o.Register(i.Rs1), o.Register(i.Rs2));
        var high = o.CarrylessMultiplyHigh(o.Register(i.Rs1), o.Register(i.Rs2));
        o.SetRegister(i.Rd, o.Or(o.ShiftLeft(high, o.Constant(1)), o.ShiftRight(low, o.Constant(63))));
    }

    [Instruction("pack", "0000100 rs2 rs1 100 rd 0110011", AnyOf = Crypto)]
    public static void Pack(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.Or(o.ZeroExtend(o.Register(i.Rs1), Word), o.ShiftLeft(o.Register(i.Rs2), o.Constant(32))));

    [Instruction("packh", "0000100 rs2 rs1 111 rd 0110011", AnyOf = Crypto)]
    public static void PackHalf(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.Or(o.ZeroExtend(o.Register(i.Rs1), MemorySize.Byte),
        o.ShiftLeft(o.ZeroExtend(o.Register(i.Rs2), MemorySize.Byte), o.Constant(8))));

    [Instruction("packw", "0000100 rs2 rs1 100 rd 0111011", AnyOf = Crypto)]
    public static void PackWord(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.SignExtend(o.Or(o.ZeroExtend(o.Register(i.Rs1), MemorySize.Half),
        o.ShiftLeft(o.ZeroExtend(o.Register(i.Rs2), MemorySize.Half), o.Constant(16))), Word));

    [Instruction("brev8", "011010000111 rs1 101 rd 0010011", AnyOf = Crypto)]
    public static void ReverseBitsInBytes(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.Call(s_reverseBits, o.Register(i.Rs1), o.Constant(0)));

    [Instruction("xperm8", "0010100 rs2 rs1 100 rd 0110011", AnyOf = (ulong)Zbkx)]
    public static void PermuteBytes(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.Call(s_permuteBytes, o.Register(i.Rs1), o.Register(i.Rs2)));

    [Instruction("xperm4", "0010100 rs2 rs1 010 rd 0110011", AnyOf = (ulong)Zbkx)]
    public static void PermuteNibbles(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.Call(s_permuteNibbles, o.Register(i.Rs1), o.Register(i.Rs2)));

    private static void ShiftAdd(ref TOps o, in Operands i, int shift, V a) =>
        o.SetRegister(i.Rd, o.Add(o.ShiftLeft(a, o.Constant((ulong)shift)), o.Register(i.Rs2)));

    private static V Not(ref TOps o, V a) => o.Xor(a, o.Constant(ulong.MaxValue));

    private static V Bit(ref TOps o, V number) => o.ShiftLeft(o.Constant(1), number);

    private static void Choose(ref TOps o, in Operands i, Relation relation)
    {
        V a = o.Register(i.Rs1), b = o.Register(i.Rs2);
        o.SetRegister(i.Rd, o.Select(o.Compare(relation, a, b), a, b));
    }
}
