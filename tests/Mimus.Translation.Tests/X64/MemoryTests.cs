using Iced.Intel;
using Mimus.Translation.X64;
using static Mimus.Translation.Tests.X64.Operands;

namespace Mimus.Translation.Tests.X64;

/// <summary>Encodings of instructions of general-purpose registers with memory.</summary>
public sealed class MemoryTests : IDisposable
{
    private readonly CodeBuffer _buffer = new();

    public static TheoryData<bool> Widths => [false, true];

    public static TheoryData<MemorySize> AllSizes => [.. Sizes];

    public void Dispose() => _buffer.Dispose();

    [Fact]
    public void An_address_with_an_offset_keeps_its_registers()
    {
        Assert.Equal(new Address(Gpr.R12, -3), new Address(Gpr.R12, 5).Offset(-8));
        Assert.Equal(new Address(Gpr.R12, Gpr.Rbp, 8, 12), new Address(Gpr.R12, Gpr.Rbp, 8, 4).Offset(8));
    }

    [Fact]
    public void An_address_is_as_short_as_it_can_be()
    {
        void Length(int expected, Address address) =>
            Assert.Equal(expected, _buffer.One((ref a) => a.Load(MemorySize.Double, false, Gpr.Rax, address)).Length);
        Length(3, new(Gpr.Rax));
        Length(4, new(Gpr.Rsp));
        Length(4, new(Gpr.Rbp));
        Length(4, new(Gpr.R12));
        Length(4, new(Gpr.R13));
        Length(4, new(Gpr.Rcx, -128));
        Length(7, new(Gpr.Rcx, 128));
        Length(4, new(Gpr.Rcx, Gpr.R12, 8));
        Length(5, new(Gpr.R13, Gpr.Rax, 1));
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Arithmetic(bool wide)
    {
        var bits = Bits(wide);
        foreach (var op in Enum.GetValues<AluOp>())
        {
            var (load, store) = (Named($"{op}_r{bits}_rm{bits}"), Named($"{op}_rm{bits}_r{bits}"));
            ForGprAndAddress((r, m) =>
            {
                _buffer.Same(Instruction.Create(load, r.Name(wide), m.Name()), (ref a) => a.Alu(op, wide, r, m));
                var expected = Instruction.Create(store, m.Name(), r.Name(wide));
                _buffer.Same(expected, (ref a) => a.Alu(op, wide, m, r));
                if (op == AluOp.Cmp) return;
                expected.HasLockPrefix = true;
                _buffer.Same(expected, (ref a) => a.LockAlu(op, wide, m, r));
            });
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Arithmetic_with_immediates(bool wide)
    {
        foreach (var op in Enum.GetValues<AluOp>())
        {
            var (small, large) = (Named($"{op}_rm{Bits(wide)}_imm8"), Named($"{op}_rm{Bits(wide)}_imm32"));
            foreach (var m in FewAddresses)
            foreach (var value in Immediates)
                _buffer.Same(Instruction.Create(value is >= -128 and <= 127 ? small : large, m.Name(), value),
                    (ref a) => a.Alu(op, wide, m, value));
            foreach (var m in Addresses) _buffer.Same(Instruction.Create(small, m.Name(), -5), (ref a) => a.Alu(op, wide, m, -5));
        }
    }

    [Fact]
    public void Comparison_of_bytes()
    {
        foreach (var m in Addresses)
        foreach (var value in (byte[])[0, 127, 128, 255])
            _buffer.Same(Instruction.Create(Code.Cmp_rm8_imm8, m.Name(), (uint)value), (ref a) => a.CompareByte(m, value));
    }

    [Theory]
    [InlineData(MemorySize.Byte, false, Code.Movzx_r32_rm8, 32)]
    [InlineData(MemorySize.Byte, true, Code.Movsx_r64_rm8, 64)]
    [InlineData(MemorySize.Half, false, Code.Movzx_r32_rm16, 32)]
    [InlineData(MemorySize.Half, true, Code.Movsx_r64_rm16, 64)]
    [InlineData(MemorySize.Word, false, Code.Mov_r32_rm32, 32)]
    [InlineData(MemorySize.Word, true, Code.Movsxd_r64_rm32, 64)]
    [InlineData(MemorySize.Double, false, Code.Mov_r64_rm64, 64)]
    [InlineData(MemorySize.Double, true, Code.Mov_r64_rm64, 64)]
    public void Loads(MemorySize size, bool signed, Code code, int bits) =>
        ForGprAndAddress((r, m) => _buffer.Same(Instruction.Create(code, r.Name(bits), m.Name()), (ref a) => a.Load(size, signed, r, m)));

    [Theory]
    [MemberData(nameof(AllSizes))]
    public void Stores_and_atomic_operations(MemorySize size)
    {
        var bits = Bits(size);
        var form = $"_rm{bits}_r{bits}";
        ForGprAndAddress((r, m) =>
        {
            Instruction Expected(string name, bool locked) =>
                Instruction.Create(Named(name + form), m.Name(), r.Name(bits)) with { HasLockPrefix = locked };
            _buffer.Same(Expected("Mov", false), (ref a) => a.Store(size, m, r));
            _buffer.Same(Expected("Xchg", false), (ref a) => a.Exchange(size, m, r));
            _buffer.Same(Expected("Xadd", true), (ref a) => a.LockExchangeAdd(size, m, r));
            _buffer.Same(Expected("Cmpxchg", true), (ref a) => a.CompareExchange(isLocked: true, size, m, r));
        });
    }

    [Theory]
    [MemberData(nameof(AllSizes))]
    public void Stores_of_immediates(MemorySize size)
    {
        var code = Named($"Mov_rm{Bits(size)}_imm{Math.Min(Bits(size), 32)}");
        foreach (var m in Addresses)
        foreach (var value in (int[])[0, -1, 0x12345678, int.MinValue])
        {
            var stored = size switch { MemorySize.Byte => (sbyte)value, MemorySize.Half => (short)value, _ => value };
            _buffer.Same(Instruction.Create(code, m.Name(), stored), (ref a) => a.StoreImmediate(size, m, value));
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Addresses_as_values(bool wide) => ForGprAndAddress((r, m) =>
        _buffer.Same(Instruction.Create(Named($"Lea_r{Bits(wide)}_m"), r.Name(wide), m.Name()), (ref a) => a.LoadAddress(wide, r, m)));

    [Theory]
    [MemberData(nameof(Widths))]
    public void Conditional_loads(bool wide)
    {
        foreach (var c in Enum.GetValues<Condition>())
        {
            var code = Named($"Cmov{c.Name()}_r{Bits(wide)}_rm{Bits(wide)}");
            ForGprAndAddress((r, m) => _buffer.Same(Instruction.Create(code, r.Name(wide), m.Name()), (ref a) => a.MoveIf(c, wide, r, m)));
        }
    }
}
