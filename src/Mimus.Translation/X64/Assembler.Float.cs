using System.Diagnostics;

namespace Mimus.Translation.X64;

/// <summary>Scalar floating point, and the few vector instructions that integer code has a use for.</summary>
internal unsafe partial struct Assembler
{
    /// <summary>d = d op s; the square root is that of s. The rest of d stays.</summary>
    public void Float(FloatOp op, bool isDouble, Xmm d, Xmm s) => End(Registers(Scalar(isDouble), Map.M0f, (int)op, 0, (int)d, (int)s));

    /// <summary>d = a op b; the square root is that of b. The rest of d comes from a.</summary>
    public void FloatVex(FloatOp op, bool isDouble, Xmm d, Xmm a, Xmm b) =>
        End(Vex(Scalar(isDouble), Map.M0f, (int)op, false, (int)d, (int)a, (int)b));

    /// <summary>A quiet comparison (ucomis) raises the invalid flag for signalling NaNs only, the other one (comis) for all.</summary>
    public void FloatCompare(bool isDouble, bool quiet, Xmm a, Xmm b) =>
        End(Registers(isDouble ? P66 : NoPrefix, Map.M0f, quiet ? 0x2e : 0x2f, 0, (int)a, (int)b));

    /// <summary>movaps: the whole register.</summary>
    public void MoveFloat(Xmm d, Xmm s) => End(Registers(NoPrefix, Map.M0f, 0x28, 0, (int)d, (int)s));

    /// <summary>The rest of the register becomes zero.</summary>
    public void LoadFloat(bool isDouble, Xmm d, Address s) => End(Memory(Scalar(isDouble), Map.M0f, 0x10, 0, (int)d, s));

    public void StoreFloat(bool isDouble, Address d, Xmm s) => End(Memory(Scalar(isDouble), Map.M0f, 0x11, 0, (int)s, d));

    /// <summary>movd or movq; the rest of the register becomes zero.</summary>
    public void MoveToXmm(bool wide, Xmm d, Gpr s) => End(Registers(P66, Map.M0f, 0x6e, W(wide), (int)d, (int)s));

    /// <summary>movd or movq; of 32 bits the upper half becomes zero.</summary>
    public void MoveFromXmm(bool wide, Gpr d, Xmm s) => End(Registers(P66, Map.M0f, 0x7e, W(wide), (int)s, (int)d));

    /// <summary>To a signed integer, rounding as MXCSR says or towards zero.</summary>
    public void ConvertToInteger(bool isDouble, bool truncate, bool wide, Gpr d, Xmm s) =>
        End(Registers(Scalar(isDouble), Map.M0f, truncate ? 0x2c : 0x2d, W(wide), (int)d, (int)s));

    /// <summary>From a signed integer. The rest of d stays.</summary>
    public void ConvertFromInteger(bool isDouble, bool wide, Xmm d, Gpr s) =>
        End(Registers(Scalar(isDouble), Map.M0f, 0x2a, W(wide), (int)d, (int)s));

    /// <summary>Between the two formats. The rest of d stays.</summary>
    public void ConvertFloat(bool toDouble, Xmm d, Xmm s) => End(Registers(Scalar(!toDouble), Map.M0f, 0x5a, 0, (int)d, (int)s));

    /// <summary>128 bits; of AndNot it is d that is inverted.</summary>
    public void Logic(LogicOp op, Xmm d, Xmm s) => End(Registers(NoPrefix, Map.M0f, (int)op, 0, (int)d, (int)s));

    /// <summary>The 128 bits in memory are aligned.</summary>
    public void Logic(LogicOp op, Xmm d, Address s) => End(Memory(NoPrefix, Map.M0f, (int)op, 0, (int)d, s));

    /// <summary>d = ±(a * b) ± d with one rounding.</summary>
    public void FusedMultiplyAdd(FmaOp op, bool isDouble, Xmm d, Xmm a, Xmm b) =>
        End(Vex(P66, Map.M0f38, 0xb9 + (2 * (int)op), isDouble, (int)d, (int)a, (int)b));

    /// <summary>ldmxcsr.</summary>
    public void LoadControl(Address a) => End(Memory(NoPrefix, Map.M0f, 0xae, 0, 2, a));

    /// <summary>stmxcsr.</summary>
    public void StoreControl(Address a) => End(Memory(NoPrefix, Map.M0f, 0xae, 0, 3, a));

    /// <summary>pclmulqdq: bit 0 of the selector takes the upper half of d, bit 4 that of s.</summary>
    public void CarrylessMultiply(Xmm d, Xmm s, byte selector) =>
        End(Immediate8(Registers(P66, Map.M0f3a, 0x44, 0, (int)d, (int)s), selector));

    /// <summary>psrldq: the whole register.</summary>
    public void ShiftRightBytes(Xmm d, int bytes)
    {
        Debug.Assert(bytes is >= 0 and < 256, "not a byte");
        End(Immediate8(Registers(P66, Map.M0f, 0x73, 0, 3, (int)d), bytes));
    }
}
