using System.Buffers.Binary;
using System.Numerics;
using Mimus.Translation.X64;
using static Mimus.Translation.X64.Gpr;

namespace Mimus.Translation.Tests.X64.Execution;

/// <summary>Emitted arithmetic, run and compared with C#.</summary>
public sealed class IntegerExecutionTests : IDisposable
{
    private readonly HostCode _code = new();

    public void Dispose() => _code.Dispose();

    [FactOnHost]
    public void Arithmetic_of_registers_and_immediates()
    {
        foreach (var wide in Operands.Booleans)
        foreach (var op in Enum.GetValues<AluOp>())
        {
            // The comparison sets the carry that Adc and Sbb take, and Cmp leaves the first operand alone.
            _code.Compare($"{op} {wide}", (ref a) =>
            {
                a.Move(wide, Rax, Rdi);
                a.Alu(AluOp.Cmp, true, Rdi, Rsi);
                a.Alu(op, wide, Rax, Rsi);
            }, (x, y) => Cut(wide, Apply(op, x, y, x < y ? 1u : 0)));
            foreach (var value in Operands.Immediates)
            {
                _code.Compare($"{op} {wide} {value}", (ref a) =>
                {
                    a.Move(wide, R10, Rdi);
                    a.Alu(AluOp.Cmp, true, Rdi, Rsi);
                    a.Alu(op, wide, R10, value);
                    a.Move(true, Rax, R10);
                }, (x, y) => Cut(wide, Apply(op, x, (ulong)value, x < y ? 1u : 0)));
            }
        }
    }

    [FactOnHost]
    public void Conditions()
    {
        foreach (var wide in Operands.Booleans)
        foreach (var c in Enum.GetValues<Condition>())
        {
            _code.Compare($"set {c} {wide}", (ref a) =>
            {
                a.MoveImmediate(Rax, 0);
                a.Alu(AluOp.Cmp, wide, Rdi, Rsi);
                a.Set(c, Rax);
            }, (x, y) => Holds(c, wide, x, y) ? 1u : 0);
            _code.Compare($"set {c} {wide} in sil", (ref a) =>
            {
                a.Alu(AluOp.Cmp, wide, Rdi, Rsi);
                a.Set(c, Rsi);
                a.Move(true, Rax, Rsi);
            }, (x, y) => (y & ~0xffUL) | (Holds(c, wide, x, y) ? 1u : 0));
            _code.Compare($"move {c} {wide}", (ref a) =>
            {
                a.MoveImmediate(Rax, ulong.MaxValue);
                a.Alu(AluOp.Cmp, wide, Rdi, Rsi);
                a.MoveIf(c, wide, Rax, Rdi);
            }, (x, y) => Cut(wide, Holds(c, wide, x, y) ? x : ulong.MaxValue));
            _code.Compare($"jump {c} {wide}", (ref a) =>
            {
                a.MoveImmediate(Rax, 1);
                a.Alu(AluOp.Cmp, wide, Rdi, Rsi);
                unsafe
                {
                    var field = a.ShortJumpIfForward(c);
                    a.MoveImmediate(Rax, 0);
                    a.BindShort(field);
                }
            }, (x, y) => Holds(c, wide, x, y) ? 1u : 0);
        }
    }

    [FactOnHost]
    public void Tests_of_bits()
    {
        _code.Compare("test", (ref a) => { a.Test(true, Rdi, Rsi); SetTo(ref a, Condition.NotEqual); }, (x, y) => (x & y) != 0 ? 1u : 0);
        _code.Compare("test immediate",
            (ref a) => { a.Test(true, Rdi, -256); SetTo(ref a, Condition.NotEqual); }, (x, _) => x > 255 ? 1u : 0);
        _code.Compare("test byte",
            (ref a) => { a.TestByte(Rdi, 0x81); SetTo(ref a, Condition.NotEqual); }, (x, _) => (x & 0x81) != 0 ? 1u : 0);
        for (var bit = 0; bit < 64; bit++)
        {
            _code.Compare($"bit {bit}", (ref a) => { a.BitTest(true, Rdi, bit); SetTo(ref a, Condition.Below); }, (x, _) => (x >> bit) & 1);
        }
    }

    [FactOnHost]
    public void Moves_of_immediates()
    {
        foreach (var (value, _) in _code.Pairs()) Assert.Equal(value, _code.Run((ref a) => a.MoveImmediate(Rax, value)));
    }

    [FactOnHost]
    public void Extensions()
    {
        foreach (var size in Operands.Sizes)
        {
            var shift = 64 - ((int)size * 8);
            _code.Compare($"sign {size}", (ref a) => a.SignExtend(size, Rax, Rdi), (x, _) => (ulong)((long)(x << shift) >> shift));
            _code.Compare($"zero {size}", (ref a) => a.ZeroExtend(size, Rax, Rdi), (x, _) => x << shift >> shift);
        }
    }

    [FactOnHost]
    public void Multiplications_and_divisions()
    {
        _code.Compare("imul", (ref a) => { a.Move(true, Rax, Rdi); a.Multiply(true, Rax, Rsi); }, (x, y) => x * y);
        _code.Compare("imul 32", (ref a) => { a.Move(true, Rax, Rdi); a.Multiply(false, Rax, Rsi); }, (x, y) => (uint)(x * y));
        _code.Compare("imul 77", (ref a) => a.MultiplyImmediate(true, Rax, Rdi, 77), (x, _) => x * 77);
        _code.Compare("imul -1000", (ref a) => a.MultiplyImmediate(true, Rax, Rdi, -1000), (x, _) => x * unchecked((ulong)-1000L));
        foreach (var signed in Operands.Booleans)
        {
            _code.Compare($"upper half {signed}", (ref a) =>
            {
                a.Move(true, Rax, Rdi);
                a.MultiplyWide(signed, true, Rsi);
                a.Move(true, Rax, Rdx);
            }, (x, y) => signed ? (ulong)Math.BigMul((long)x, (long)y, out _) : Math.BigMul(x, y, out _));
        }
        foreach (var wide in Operands.Booleans) Divisions(wide);
    }

    [FactOnHost]
    public void Shifts()
    {
        foreach (var wide in Operands.Booleans)
        foreach (var op in Enum.GetValues<ShiftOp>())
        {
            _code.Compare($"{op} {wide} cl", (ref a) =>
            {
                a.Move(true, Rax, Rdi);
                a.Move(true, Rcx, Rsi);
                a.ShiftByCl(op, wide, Rax);
            }, (x, y) => Shifted(op, wide, x, (int)y));
            for (var count = 0; count < Operands.Bits(wide); count++)
            {
                _code.Compare($"{op} {wide} {count}",
                    (ref a) => { a.Move(wide, Rax, Rdi); a.Shift(op, wide, Rax, count); }, (x, _) => Shifted(op, wide, x, count));
                if (op != ShiftOp.Ror) continue;
                _code.Compare($"rorx {wide} {count}",
                    (ref a) => a.RotateRightBmi(wide, Rax, Rdi, count), (x, _) => Shifted(op, wide, x, count));
            }
            if (op is ShiftOp.Rol or ShiftOp.Ror) continue;
            _code.Compare($"{op}x {wide}", (ref a) => a.ShiftBmi(op, wide, Rax, Rdi, Rsi), (x, y) => Shifted(op, wide, x, (int)y));
        }
    }

    [FactOnHost]
    public void Bits()
    {
        _code.Compare("neg", (ref a) => { a.Move(true, Rax, Rdi); a.Negate(true, Rax); }, (x, _) => 0 - x);
        _code.Compare("not", (ref a) => { a.Move(true, Rax, Rdi); a.Not(false, Rax); }, (x, _) => (uint)~x);
        _code.Compare("bswap",
            (ref a) => { a.Move(true, Rax, Rdi); a.ReverseBytes(true, Rax); }, (x, _) => BinaryPrimitives.ReverseEndianness(x));
        _code.Compare("popcnt", (ref a) => a.CountOnes(true, Rax, Rdi), (x, _) => (ulong)BitOperations.PopCount(x));
        _code.Compare("lzcnt", (ref a) => a.CountLeadingZeros(true, Rax, Rdi), (x, _) => (ulong)BitOperations.LeadingZeroCount(x));
        _code.Compare("lzcnt 32",
            (ref a) => a.CountLeadingZeros(false, Rax, Rdi), (x, _) => (ulong)BitOperations.LeadingZeroCount((uint)x));
        _code.Compare("tzcnt", (ref a) => a.CountTrailingZeros(true, Rax, Rdi), (x, _) => (ulong)BitOperations.TrailingZeroCount(x));
        _code.Compare("tzcnt 32",
            (ref a) => a.CountTrailingZeros(false, Rax, Rdi), (x, _) => (ulong)BitOperations.TrailingZeroCount((uint)x));
        _code.Compare("andn", (ref a) => a.AndNot(true, Rax, Rdi, Rsi), (x, y) => ~x & y);
        _code.Compare("crc32", (ref a) => { a.Move(true, Rax, Rdi); a.Crc32(Rax, Rsi); }, (x, y) => BitOperations.Crc32C((uint)x, y));
    }

    private void Divisions(bool wide)
    {
        foreach (var remainder in Operands.Booleans)
        foreach (var (x, y) in _code.Pairs())
        {
            if (Cut(wide, y) == 0) continue;
            Emission Divide(bool signed) => (ref a) =>
            {
                a.Move(true, Rax, Rdi);
                if (signed) a.SignExtendAccumulator(wide);
                else a.MoveImmediate(Rdx, 0);
                a.Divide(signed, wide, Rsi);
                if (remainder) a.Move(true, Rax, Rdx);
            };
            var (u, v) = (Cut(wide, x), Cut(wide, y));
            Assert.Equal(remainder ? u % v : u / v, _code.Run(Divide(false), x, y));
            var (s, t) = wide ? ((long)x, (long)y) : ((int)x, (int)y);
            if (t != -1) Assert.Equal(Cut(wide, (ulong)(remainder ? s % t : s / t)), _code.Run(Divide(true), x, y));
        }
    }

    private static void SetTo(ref Assembler a, Condition c)
    {
        a.Set(c, Rax);
        a.ZeroExtend(MemorySize.Byte, Rax, Rax);
    }

    private static ulong Cut(bool wide, ulong value) => wide ? value : (uint)value;

    private static ulong Apply(AluOp op, ulong x, ulong y, uint carry) => op switch
    {
        AluOp.Add => x + y,
        AluOp.Or => x | y,
        AluOp.Adc => x + y + carry,
        AluOp.Sbb => x - y - carry,
        AluOp.And => x & y,
        AluOp.Sub => x - y,
        AluOp.Xor => x ^ y,
        _ => x,
    };

    private static ulong Shifted(ShiftOp op, bool wide, ulong x, int count) => op switch
    {
        ShiftOp.Rol => wide ? BitOperations.RotateLeft(x, count) : BitOperations.RotateLeft((uint)x, count),
        ShiftOp.Ror => wide ? BitOperations.RotateRight(x, count) : BitOperations.RotateRight((uint)x, count),
        ShiftOp.Shl => wide ? x << count : (uint)x << count,
        ShiftOp.Shr => wide ? x >> count : (uint)x >> count,
        _ => wide ? (ulong)((long)x >> count) : (uint)((int)x >> count),
    };

    private static bool Holds(Condition c, bool wide, ulong x, ulong y)
    {
        var (s, t) = wide ? ((long)x, (long)y) : ((int)x, (int)y);
        var (u, v) = (Cut(wide, x), Cut(wide, y));
        var difference = wide ? (long)(x - y) : (int)(x - y);
        var positive = ((int)c & ~1) switch
        {
            0 => (Int128)s - t != difference,
            2 => u < v,
            4 => u == v,
            6 => u <= v,
            8 => difference < 0,
            10 => BitOperations.PopCount((byte)difference) % 2 == 0,
            12 => s < t,
            _ => s <= t,
        };
        return positive == (((int)c & 1) == 0);
    }
}
