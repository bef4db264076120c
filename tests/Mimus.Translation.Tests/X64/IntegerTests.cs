using Iced.Intel;
using Mimus.Translation.X64;
using static Mimus.Translation.Tests.X64.Operands;

namespace Mimus.Translation.Tests.X64;

/// <summary>Encodings of arithmetic and moves between general-purpose registers, read back by another author's decoder.</summary>
public sealed class IntegerTests : IDisposable
{
    private readonly CodeBuffer _buffer = new();

    public static TheoryData<bool> Widths => [false, true];

    public void Dispose() => _buffer.Dispose();

    [Theory]
    [MemberData(nameof(Widths))]
    public void Arithmetic_of_two_registers(bool wide)
    {
        foreach (var op in Enum.GetValues<AluOp>())
        {
            var code = Named($"{op}_rm{Bits(wide)}_r{Bits(wide)}");
            foreach (var (d, s) in GprPairs)
                _buffer.Same(Instruction.Create(code, d.Name(wide), s.Name(wide)), (ref a) => a.Alu(op, wide, d, s));
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Arithmetic_of_a_register_and_an_immediate_takes_the_shortest_form(bool wide)
    {
        foreach (var op in Enum.GetValues<AluOp>())
        foreach (var d in Gprs)
        foreach (var value in Immediates)
        {
            var isShort = value is >= -128 and <= 127;
            var code = isShort ? $"rm{Bits(wide)}_imm8" : d == Gpr.Rax ? $"{d.Name(wide)}_imm32" : $"rm{Bits(wide)}_imm32";
            var rex = wide || d >= Gpr.R8 ? 1 : 0;
            var length = rex + (isShort ? 3 : d == Gpr.Rax ? 5 : 6);
            _buffer.Same(length, Instruction.Create(Named($"{op}_{code}"), d.Name(wide), value), (ref a) => a.Alu(op, wide, d, value));
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Tests_of_registers(bool wide)
    {
        var bits = Bits(wide);
        foreach (var (x, y) in GprPairs)
            _buffer.Same(Instruction.Create(Named($"Test_rm{bits}_r{bits}"), x.Name(wide), y.Name(wide)), (ref a) => a.Test(wide, x, y));
        foreach (var r in Gprs)
        foreach (var value in Immediates)
        {
            var code = r == Gpr.Rax ? $"Test_{r.Name(wide)}_imm32" : $"Test_rm{bits}_imm32";
            _buffer.Same(Instruction.Create(Named(code), r.Name(wide), value), (ref a) => a.Test(wide, r, value));
        }
    }

    [Fact]
    public void Tests_of_bytes()
    {
        foreach (var r in Gprs)
        foreach (var value in (byte[])[0, 1, 127, 128, 255])
        {
            var code = r == Gpr.Rax ? Code.Test_AL_imm8 : Code.Test_rm8_imm8;
            _buffer.Same(Instruction.Create(code, r.Name(8), (uint)value), (ref a) => a.TestByte(r, value));
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Moves(bool wide)
    {
        var bits = Bits(wide);
        foreach (var (d, s) in GprPairs)
            _buffer.Same(Instruction.Create(Named($"Mov_rm{bits}_r{bits}"), d.Name(wide), s.Name(wide)), (ref a) => a.Move(wide, d, s));
    }

    [Fact]
    public void Immediates_are_moved_by_the_shortest_form()
    {
        ulong[] small = [0, 1, 127, 128, 255, 0x7fffffff, 0x80000000, 0xffffffff];
        ulong[] negative = [ulong.MaxValue, 0xffffffff80000000, unchecked((ulong)-129)];
        ulong[] large = [0x100000000, 0xffffffff7fffffff, 0x8000000000000000, 0x7fffffffffffffff, 0x0123456789abcdef];
        foreach (var d in Gprs)
        {
            var rex = d >= Gpr.R8 ? 1 : 0;
            foreach (var value in small)
                _buffer.Same(5 + rex, Instruction.Create(Code.Mov_r32_imm32, d.Name(32), (uint)value),
                    (ref a) => a.MoveImmediate(d, value));
            foreach (var value in negative)
                _buffer.Same(7, Instruction.Create(Code.Mov_rm64_imm32, d.Name(64), (int)value), (ref a) => a.MoveImmediate(d, value));
            foreach (var value in large)
                _buffer.Same(10, Instruction.Create(Code.Mov_r64_imm64, d.Name(64), value), (ref a) => a.MoveImmediate(d, value));
        }
    }

    [Fact]
    public void Extensions()
    {
        foreach (var (d, s) in GprPairs)
        {
            _buffer.Same(Instruction.Create(Code.Movsx_r64_rm8, d.Name(64), s.Name(8)), (ref a) => a.SignExtend(MemorySize.Byte, d, s));
            _buffer.Same(Instruction.Create(Code.Movsx_r64_rm16, d.Name(64), s.Name(16)), (ref a) => a.SignExtend(MemorySize.Half, d, s));
            _buffer.Same(Instruction.Create(Code.Movsxd_r64_rm32, d.Name(64), s.Name(32)), (ref a) => a.SignExtend(MemorySize.Word, d, s));
            _buffer.Same(Instruction.Create(Code.Mov_rm64_r64, d.Name(64), s.Name(64)), (ref a) => a.SignExtend(MemorySize.Double, d, s));
            _buffer.Same(Instruction.Create(Code.Movzx_r32_rm8, d.Name(32), s.Name(8)), (ref a) => a.ZeroExtend(MemorySize.Byte, d, s));
            _buffer.Same(Instruction.Create(Code.Movzx_r32_rm16, d.Name(32), s.Name(16)), (ref a) => a.ZeroExtend(MemorySize.Half, d, s));
            _buffer.Same(Instruction.Create(Code.Mov_rm32_r32, d.Name(32), s.Name(32)), (ref a) => a.ZeroExtend(MemorySize.Word, d, s));
            _buffer.Same(Instruction.Create(Code.Mov_rm64_r64, d.Name(64), s.Name(64)), (ref a) => a.ZeroExtend(MemorySize.Double, d, s));
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Multiplications(bool wide)
    {
        var bits = Bits(wide);
        foreach (var (d, s) in GprPairs)
        {
            _buffer.Same(Instruction.Create(Named($"Imul_r{bits}_rm{bits}"), d.Name(wide), s.Name(wide)),
                (ref a) => a.Multiply(wide, d, s));
            foreach (var value in Immediates)
            {
                var code = value is >= -128 and <= 127 ? Named($"Imul_r{bits}_rm{bits}_imm8") : Named($"Imul_r{bits}_rm{bits}_imm32");
                _buffer.Same(Instruction.Create(code, d.Name(wide), s.Name(wide), value),
                    (ref a) => a.MultiplyImmediate(wide, d, s, value));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Operations_on_one_register(bool wide)
    {
        foreach (var r in Gprs)
        {
            void One(string name, Emission emit) => _buffer.Same(Instruction.Create(Named($"{name}_rm{Bits(wide)}"), r.Name(wide)), emit);
            One("Mul", (ref a) => a.MultiplyWide(false, wide, r));
            One("Imul", (ref a) => a.MultiplyWide(true, wide, r));
            One("Div", (ref a) => a.Divide(false, wide, r));
            One("Idiv", (ref a) => a.Divide(true, wide, r));
            One("Neg", (ref a) => a.Negate(wide, r));
            One("Not", (ref a) => a.Not(wide, r));
        }
        _buffer.Same(Instruction.Create(wide ? Code.Cqo : Code.Cdq), (ref a) => a.SignExtendAccumulator(wide));
    }

    [Fact]
    public void Conditions()
    {
        foreach (var c in Enum.GetValues<Condition>())
        {
            var set = Named($"Set{c.Name()}_rm8");
            foreach (var d in Gprs) _buffer.Same(Instruction.Create(set, d.Name(8)), (ref a) => a.Set(c, d));
            foreach (var wide in Booleans)
            {
                var move = Named($"Cmov{c.Name()}_r{Bits(wide)}_rm{Bits(wide)}");
                foreach (var (d, s) in GprPairs)
                    _buffer.Same(Instruction.Create(move, d.Name(wide), s.Name(wide)), (ref a) => a.MoveIf(c, wide, d, s));
            }
        }
    }
}
