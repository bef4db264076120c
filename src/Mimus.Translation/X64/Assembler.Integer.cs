using System.Diagnostics;
using Mimus.Isa;

namespace Mimus.Translation.X64;

/// <summary>Arithmetic and moves between general-purpose registers.</summary>
internal unsafe partial struct Assembler
{
    public void Alu(AluOp op, bool wide, Gpr d, Gpr s) =>
        End(Registers(NoPrefix, Map.Primary, ((int)op << 3) | 1, W(wide), (int)s, (int)d));

    /// <summary>The immediate is sign-extended.</summary>
    public void Alu(AluOp op, bool wide, Gpr d, int immediate)
    {
        if (immediate == (sbyte)immediate) End(Immediate8(Registers(NoPrefix, Map.Primary, 0x83, W(wide), (int)op, (int)d), immediate));
        else if (d == Gpr.Rax) End(Immediate32(Implied(((int)op << 3) | 5, wide), immediate));
        else End(Immediate32(Registers(NoPrefix, Map.Primary, 0x81, W(wide), (int)op, (int)d), immediate));
    }

    public void Test(bool wide, Gpr a, Gpr b) => End(Registers(NoPrefix, Map.Primary, 0x85, W(wide), (int)b, (int)a));

    /// <summary>The immediate is sign-extended.</summary>
    public void Test(bool wide, Gpr a, int immediate)
    {
        var p = a == Gpr.Rax
            ? Implied(0xa9, wide)
            : Registers(NoPrefix, Map.Primary, 0xf7, W(wide), 0, (int)a);
        End(Immediate32(p, immediate));
    }

    public void TestByte(Gpr a, byte immediate)
    {
        var p = a == Gpr.Rax
            ? Implied(0xa8, false)
            : Registers(NoPrefix, Map.Primary, 0xf6, ByteRex(a), 0, (int)a);
        End(Immediate8(p, immediate));
    }

    public void Move(bool wide, Gpr d, Gpr s) => End(Registers(NoPrefix, Map.Primary, 0x89, W(wide), (int)s, (int)d));

    /// <summary>The shortest form that leaves the flags alone: 5 or 6, 7, or 10 bytes.</summary>
    public void MoveImmediate(Gpr d, ulong value)
    {
        if (value <= uint.MaxValue)
        {
            End(Immediate32(Short(0xb8, 0, d), (int)value));
        }
        else if ((long)value == (int)value)
        {
            End(Immediate32(Registers(NoPrefix, Map.Primary, 0xc7, Wide, 0, (int)d), (int)value));
        }
        else
        {
            var p = Short(0xb8, Wide, d);
            *(ulong*)p = value;
            End(p + 8);
        }
    }

    /// <summary>To 64 bits.</summary>
    public void SignExtend(MemorySize from, Gpr d, Gpr s)
    {
        if (from <= MemorySize.Half) End(Registers(NoPrefix, Map.M0f, Extending(from, true), Wide, (int)d, (int)s));
        else if (from == MemorySize.Word) End(Registers(NoPrefix, Map.Primary, 0x63, Wide, (int)d, (int)s));
        else Move(true, d, s);
    }

    /// <summary>To 64 bits.</summary>
    public void ZeroExtend(MemorySize from, Gpr d, Gpr s)
    {
        if (from > MemorySize.Half) Move(from == MemorySize.Double, d, s);
        else End(Registers(NoPrefix, Map.M0f, Extending(from, false), from == MemorySize.Byte ? ByteRex(s) : 0, (int)d, (int)s));
    }

    /// <summary>imul of two operands.</summary>
    public void Multiply(bool wide, Gpr d, Gpr s) => End(Registers(NoPrefix, Map.M0f, 0xaf, W(wide), (int)d, (int)s));

    /// <summary>imul of three operands.</summary>
    public void MultiplyImmediate(bool wide, Gpr d, Gpr s, int immediate)
    {
        if (immediate == (sbyte)immediate) End(Immediate8(Registers(NoPrefix, Map.Primary, 0x6b, W(wide), (int)d, (int)s), immediate));
        else End(Immediate32(Registers(NoPrefix, Map.Primary, 0x69, W(wide), (int)d, (int)s), immediate));
    }

    /// <summary>rdx:rax = rax * s.</summary>
    public void MultiplyWide(bool signed, bool wide, Gpr s) => Unary(signed ? 5 : 4, wide, s);

    /// <summary>rax = rdx:rax / s, rdx = the remainder.</summary>
    public void Divide(bool signed, bool wide, Gpr s) => Unary(signed ? 7 : 6, wide, s);

    /// <summary>cdq or cqo: rdx becomes the sign of rax.</summary>
    public void SignExtendAccumulator(bool wide) => End(Implied(0x99, wide));

    public void Negate(bool wide, Gpr d) => Unary(3, wide, d);

    public void Not(bool wide, Gpr d) => Unary(2, wide, d);

    /// <summary>Only the lowest byte of the register changes.</summary>
    public void Set(Condition c, Gpr d) => End(Registers(NoPrefix, Map.M0f, 0x90 | (int)c, ByteRex(d), 0, (int)d));

    public void MoveIf(Condition c, bool wide, Gpr d, Gpr s) => End(Registers(NoPrefix, Map.M0f, 0x40 | (int)c, W(wide), (int)d, (int)s));

    public void MoveIf(Condition c, bool wide, Gpr d, Address s) => End(Memory(NoPrefix, Map.M0f, 0x40 | (int)c, W(wide), (int)d, s));

    private void Unary(int operation, bool wide, Gpr r)
    {
        Debug.Assert(operation is >= 2 and <= 7, "not an operation of opcode group 3");
        End(Registers(NoPrefix, Map.Primary, 0xf7, W(wide), operation, (int)r));
    }
}
