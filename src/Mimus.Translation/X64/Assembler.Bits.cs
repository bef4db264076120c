using System.Diagnostics;

namespace Mimus.Translation.X64;

/// <summary>Shifts, rotates and the instructions that count, turn and test bits.</summary>
internal unsafe partial struct Assembler
{
    public void Shift(ShiftOp op, bool wide, Gpr d, int count)
    {
        Debug.Assert(count >= 0 && count < (wide ? 64 : 32), "the count is not smaller than the width");
        if (count == 1) End(Registers(NoPrefix, Map.Primary, 0xd1, W(wide), (int)op, (int)d));
        else End(Immediate8(Registers(NoPrefix, Map.Primary, 0xc1, W(wide), (int)op, (int)d), count));
    }

    public void ShiftByCl(ShiftOp op, bool wide, Gpr d) => End(Registers(NoPrefix, Map.Primary, 0xd3, W(wide), (int)op, (int)d));

    /// <summary>shlx, shrx, sarx: any registers, and no flags.</summary>
    public void ShiftBmi(ShiftOp op, bool wide, Gpr d, Gpr s, Gpr count)
    {
        Debug.Assert(op is ShiftOp.Shl or ShiftOp.Shr or ShiftOp.Sar, "there are no such rotates");
        var prefix = op switch { ShiftOp.Shl => P66, ShiftOp.Shr => Pf2, _ => Pf3 };
        End(Vex(prefix, Map.M0f38, 0xf7, wide, (int)d, (int)count, (int)s));
    }

    /// <summary>rorx: no flags.</summary>
    public void RotateRightBmi(bool wide, Gpr d, Gpr s, int count) =>
        End(Immediate8(Vex(Pf2, Map.M0f3a, 0xf0, wide, (int)d, 0, (int)s), count));

    public void ReverseBytes(bool wide, Gpr d)
    {
        var p = Prefixes(Position, NoPrefix, W(wide) | ((int)d >> 3));
        End(Immediate16(p, 0x0f | ((0xc8 | ((int)d & 7)) << 8)));
    }

    public void CountOnes(bool wide, Gpr d, Gpr s) => End(Registers(Pf3, Map.M0f, 0xb8, W(wide), (int)d, (int)s));

    /// <summary>lzcnt: the width for zero.</summary>
    public void CountLeadingZeros(bool wide, Gpr d, Gpr s) => End(Registers(Pf3, Map.M0f, 0xbd, W(wide), (int)d, (int)s));

    /// <summary>tzcnt: the width for zero.</summary>
    public void CountTrailingZeros(bool wide, Gpr d, Gpr s) => End(Registers(Pf3, Map.M0f, 0xbc, W(wide), (int)d, (int)s));

    /// <summary>andn: the first source is inverted.</summary>
    public void AndNot(bool wide, Gpr d, Gpr inverted, Gpr s) => End(Vex(NoPrefix, Map.M0f38, 0xf2, wide, (int)d, (int)inverted, (int)s));

    /// <summary>crc32 of 64 bits, with Castagnoli's polynomial.</summary>
    public void Crc32(Gpr d, Gpr s) => End(Registers(Pf2, Map.M0f38, 0xf1, Wide, (int)d, (int)s));

    /// <summary>The carry becomes the bit.</summary>
    public void BitTest(bool wide, Gpr a, int bit) => End(Immediate8(Registers(NoPrefix, Map.M0f, 0xba, W(wide), 4, (int)a), bit));
}
