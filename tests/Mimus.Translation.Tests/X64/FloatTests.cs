using Iced.Intel;
using Mimus.Translation.X64;
using static Mimus.Translation.Tests.X64.Operands;

namespace Mimus.Translation.Tests.X64;

/// <summary>Encodings of floating point and of the vector instructions.</summary>
public sealed class FloatTests : IDisposable
{
    private readonly CodeBuffer _buffer = new();

    public static TheoryData<bool> Formats => [false, true];

    public void Dispose() => _buffer.Dispose();

    [Theory]
    [MemberData(nameof(Formats))]
    public void Arithmetic(bool isDouble)
    {
        foreach (var op in Enum.GetValues<FloatOp>())
        {
            var legacy = Named($"{op}{Suffix(isDouble)}_xmm_xmmm{Bits(isDouble)}");
            var vex = Named($"VEX_V{Lower(op)}{Suffix(isDouble)}_xmm_xmm_xmmm{Bits(isDouble)}");
            foreach (var (x, y) in XmmPairs)
            {
                _buffer.Same(Instruction.Create(legacy, x.Name(), y.Name()), (ref a) => a.Float(op, isDouble, x, y));
                foreach (var z in Xmms)
                    _buffer.Same(Instruction.Create(vex, x.Name(), y.Name(), z.Name()), (ref a) => a.FloatVex(op, isDouble, x, y, z));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Fused_arithmetic(bool isDouble)
    {
        string[] names = ["Vfmadd", "Vfmsub", "Vfnmadd", "Vfnmsub"];
        foreach (var op in Enum.GetValues<FmaOp>())
        {
            var code = Named($"VEX_{names[(int)op]}231{Suffix(isDouble)}_xmm_xmm_xmmm{Bits(isDouble)}");
            foreach (var (d, x) in XmmPairs)
            foreach (var y in Xmms)
                _buffer.Same(Instruction.Create(code, d.Name(), x.Name(), y.Name()), (ref a) => a.FusedMultiplyAdd(op, isDouble, d, x, y));
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Comparisons(bool isDouble)
    {
        foreach (var quiet in Booleans)
        {
            var code = Named($"{(quiet ? "Ucomi" : "Comi")}{Suffix(isDouble)}_xmm_xmmm{Bits(isDouble)}");
            foreach (var (x, y) in XmmPairs)
                _buffer.Same(Instruction.Create(code, x.Name(), y.Name()), (ref a) => a.FloatCompare(isDouble, quiet, x, y));
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Memory(bool isDouble)
    {
        var name = "Mov" + Suffix(isDouble);
        ForXmmAndAddress((x, m) =>
        {
            _buffer.Same(Instruction.Create(Named($"{name}_xmm_xmmm{Bits(isDouble)}"), x.Name(), m.Name()),
                (ref a) => a.LoadFloat(isDouble, x, m));
            _buffer.Same(Instruction.Create(Named($"{name}_xmmm{Bits(isDouble)}_xmm"), m.Name(), x.Name()),
                (ref a) => a.StoreFloat(isDouble, m, x));
        });
    }

    [Fact]
    public void Moves_between_registers()
    {
        foreach (var (x, y) in XmmPairs)
            _buffer.Same(Instruction.Create(Code.Movaps_xmm_xmmm128, x.Name(), y.Name()), (ref a) => a.MoveFloat(x, y));
        foreach (var x in Xmms)
        foreach (var r in Gprs)
        {
            _buffer.Same(Instruction.Create(Code.Movd_xmm_rm32, x.Name(), r.Name(32)), (ref a) => a.MoveToXmm(false, x, r));
            _buffer.Same(Instruction.Create(Code.Movq_xmm_rm64, x.Name(), r.Name(64)), (ref a) => a.MoveToXmm(true, x, r));
            _buffer.Same(Instruction.Create(Code.Movd_rm32_xmm, r.Name(32), x.Name()), (ref a) => a.MoveFromXmm(false, r, x));
            _buffer.Same(Instruction.Create(Code.Movq_rm64_xmm, r.Name(64), x.Name()), (ref a) => a.MoveFromXmm(true, r, x));
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Conversions(bool isDouble)
    {
        foreach (var wide in Booleans)
        {
            var from = Named($"Cvtsi2{Suffix(isDouble)}_xmm_rm{Bits(wide)}");
            foreach (var x in Xmms)
            foreach (var r in Gprs)
            {
                _buffer.Same(Instruction.Create(from, x.Name(), r.Name(wide)), (ref a) => a.ConvertFromInteger(isDouble, wide, x, r));
                foreach (var truncate in Booleans)
                {
                    var to = Named($"Cvt{(truncate ? "t" : "")}{Suffix(isDouble)}2si_r{Bits(wide)}_xmmm{Bits(isDouble)}");
                    _buffer.Same(Instruction.Create(to, r.Name(wide), x.Name()),
                        (ref a) => a.ConvertToInteger(isDouble, truncate, wide, r, x));
                }
            }
        }
        var between = Named($"Cvt{Suffix(!isDouble)}2{Suffix(isDouble)}_xmm_xmmm{Bits(!isDouble)}");
        foreach (var (x, y) in XmmPairs)
            _buffer.Same(Instruction.Create(between, x.Name(), y.Name()), (ref a) => a.ConvertFloat(isDouble, x, y));
    }

    [Fact]
    public void Logic()
    {
        foreach (var op in Enum.GetValues<LogicOp>())
        {
            var code = Named($"{(op == LogicOp.AndNot ? "Andn" : op)}ps_xmm_xmmm128");
            foreach (var (x, y) in XmmPairs) _buffer.Same(Instruction.Create(code, x.Name(), y.Name()), (ref a) => a.Logic(op, x, y));
            ForXmmAndAddress((x, m) => _buffer.Same(Instruction.Create(code, x.Name(), m.Name()), (ref a) => a.Logic(op, x, m)));
        }
    }

    [Fact]
    public void Control()
    {
        foreach (var m in Addresses)
        {
            _buffer.Same(Instruction.Create(Code.Ldmxcsr_m32, m.Name()), (ref a) => a.LoadControl(m));
            _buffer.Same(Instruction.Create(Code.Stmxcsr_m32, m.Name()), (ref a) => a.StoreControl(m));
        }
    }

    [Fact]
    public void Carryless_products_and_byte_shifts()
    {
        foreach (var (x, y) in XmmPairs)
        foreach (var selector in (byte[])[0, 1, 0x10, 0x11])
        {
            _buffer.Same(Instruction.Create(Code.Pclmulqdq_xmm_xmmm128_imm8, x.Name(), y.Name(), (uint)selector),
                (ref a) => a.CarrylessMultiply(x, y, selector));
        }
        foreach (var x in Xmms)
        for (var bytes = 0; bytes < 256; bytes++)
            _buffer.Same(Instruction.Create(Code.Psrldq_xmm_imm8, x.Name(), (uint)bytes), (ref a) => a.ShiftRightBytes(x, bytes));
    }

    private static string Suffix(bool isDouble) => isDouble ? "sd" : "ss";

    private static string Lower(FloatOp op) => op.ToString().ToLowerInvariant();
}
