using Iced.Intel;
using Mimus.Translation.X64;
using static Mimus.Translation.Tests.X64.Operands;

namespace Mimus.Translation.Tests.X64;

/// <summary>Encodings of shifts and of instructions that count, turn and test bits.</summary>
public sealed class BitTests : IDisposable
{
    private readonly CodeBuffer _buffer = new();

    public static TheoryData<bool> Widths => [false, true];

    public void Dispose() => _buffer.Dispose();

    [Theory]
    [MemberData(nameof(Widths))]
    public void Shifts_and_rotates(bool wide)
    {
        foreach (var op in Enum.GetValues<ShiftOp>())
        foreach (var d in Gprs)
        {
            var code = $"{op}_rm{Bits(wide)}";
            for (var count = 0; count < Bits(wide); count++)
            {
                var form = count == 1 ? Named($"{code}_1") : Named($"{code}_imm8");
                _buffer.Same(Instruction.Create(form, d.Name(wide), count), (ref a) => a.Shift(op, wide, d, count));
            }
            _buffer.Same(Instruction.Create(Named($"{code}_CL"), d.Name(wide), Register.CL), (ref a) => a.ShiftByCl(op, wide, d));
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Shifts_of_three_registers(bool wide)
    {
        var bits = Bits(wide);
        foreach (var op in (ShiftOp[])[ShiftOp.Shl, ShiftOp.Shr, ShiftOp.Sar])
        {
            var code = Named($"VEX_{op}x_r{bits}_rm{bits}_r{bits}");
            foreach (var (d, s) in GprPairs)
            foreach (var count in Gprs)
                _buffer.Same(Instruction.Create(code, d.Name(wide), s.Name(wide), count.Name(wide)),
                    (ref a) => a.ShiftBmi(op, wide, d, s, count));
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Rotates_that_leave_flags_alone(bool wide)
    {
        var code = Named($"VEX_Rorx_r{Bits(wide)}_rm{Bits(wide)}_imm8");
        foreach (var (d, s) in GprPairs)
        for (var count = 0; count < Bits(wide); count++)
            _buffer.Same(Instruction.Create(code, d.Name(wide), s.Name(wide), count), (ref a) => a.RotateRightBmi(wide, d, s, count));
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Counts(bool wide)
    {
        foreach (var (d, s) in GprPairs)
        {
            void Two(string name, Emission emit) =>
                _buffer.Same(Instruction.Create(Named($"{name}_r{Bits(wide)}_rm{Bits(wide)}"), d.Name(wide), s.Name(wide)), emit);
            Two("Popcnt", (ref a) => a.CountOnes(wide, d, s));
            Two("Lzcnt", (ref a) => a.CountLeadingZeros(wide, d, s));
            Two("Tzcnt", (ref a) => a.CountTrailingZeros(wide, d, s));
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void And_with_an_inverted_source(bool wide)
    {
        var bits = Bits(wide);
        var code = Named($"VEX_Andn_r{bits}_r{bits}_rm{bits}");
        foreach (var (d, inverted) in GprPairs)
        foreach (var s in Gprs)
            _buffer.Same(Instruction.Create(code, d.Name(wide), inverted.Name(wide), s.Name(wide)),
                (ref a) => a.AndNot(wide, d, inverted, s));
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Bytes_turned_and_bits_tested(bool wide)
    {
        foreach (var r in Gprs)
        {
            _buffer.Same(Instruction.Create(Named($"Bswap_r{Bits(wide)}"), r.Name(wide)), (ref a) => a.ReverseBytes(wide, r));
            for (var bit = 0; bit < Bits(wide); bit++)
                _buffer.Same(Instruction.Create(Named($"Bt_rm{Bits(wide)}_imm8"), r.Name(wide), bit), (ref a) => a.BitTest(wide, r, bit));
        }
    }

    [Fact]
    public void Checksums()
    {
        foreach (var (d, s) in GprPairs)
            _buffer.Same(Instruction.Create(Code.Crc32_r64_rm64, d.Name(64), s.Name(64)), (ref a) => a.Crc32(d, s));
    }
}
