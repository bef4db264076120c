using Mimus.Translation.X64;
using static Mimus.Translation.X64.Gpr;
using static Mimus.Translation.X64.Xmm;

namespace Mimus.Translation.Tests.X64.Execution;

/// <summary>Emitted floating point, run and compared with C#.</summary>
public sealed unsafe class FloatExecutionTests : IDisposable
{
    private const uint RoundTowardZero = 0x7f80, RoundUp = 0x5f80, Inexact = 0x20;

    private static readonly double[] s_values = [1, -1, 0.1, -2.5, 1e300, -1e-300, 3, 123456789.75, 5e-324, double.MaxValue];

    private readonly HostCode _code = new();

    public void Dispose() => _code.Dispose();

    [FactOnHost]
    public void Arithmetic()
    {
        foreach (var op in Enum.GetValues<FloatOp>())
        foreach (var x in s_values)
        foreach (var y in s_values)
        {
            Assert.Equal(Apply(op, x, y), Double((ref a) => a.Float(op, true, Xmm0, Xmm9), x, y));
            Assert.Equal(Apply(op, x, y), Double((ref a) => a.FloatVex(op, true, Xmm0, Xmm0, Xmm9), x, y));
            var (f, g) = ((float)x, (float)y);
            Assert.Equal((float)Apply(op, f, g), Single((ref a) => a.Float(op, false, Xmm0, Xmm9), f, g));
            Assert.Equal((float)Apply(op, f, g), Single((ref a) => a.FloatVex(op, false, Xmm0, Xmm0, Xmm9), f, g));
        }
    }

    [FactOnHost]
    public void Fused_arithmetic_rounds_once()
    {
        foreach (var op in Enum.GetValues<FmaOp>())
        foreach (var x in s_values)
        foreach (var y in s_values)
        {
            var (sign, addend) = ((int)op < 2 ? 1.0 : -1.0, (int)op % 2 == 0 ? x : -x);
            var wide = Math.FusedMultiplyAdd(sign * y, y, addend);
            Assert.Equal(wide, Double((ref a) => a.FusedMultiplyAdd(op, true, Xmm0, Xmm9, Xmm9), x, y));
            var (f, g) = ((float)x, (float)y);
            var narrow = MathF.FusedMultiplyAdd((float)sign * g, g, (float)addend);
            Assert.Equal(narrow, Single((ref a) => a.FusedMultiplyAdd(op, false, Xmm0, Xmm9, Xmm9), f, g));
        }
    }

    [FactOnHost]
    public void Comparisons()
    {
        foreach (var quiet in Operands.Booleans)
        foreach (var x in (double[])[.. s_values, double.NaN])
        foreach (var y in (double[])[.. s_values, double.NaN])
        {
            bool Holds(Condition c) => Bits((ref a) =>
            {
                a.FloatCompare(true, quiet, Xmm0, Xmm9);
                a.Set(c, Rax);
                a.ZeroExtend(MemorySize.Byte, Rax, Rax);
                a.MoveToXmm(true, Xmm0, Rax);
            }, Word(x), Word(y)) == 1;
            Assert.Equal(x > y, Holds(Condition.Above));
            Assert.Equal(x >= y, Holds(Condition.AboveOrEqual));
            Assert.Equal(double.IsNaN(x) || double.IsNaN(y), Holds(Condition.Parity));
        }
    }

    [FactOnHost]
    public void Conversions()
    {
        foreach (var x in (double[])[0, 0.5, 1.5, -1.5, 2.75, -1000.25, 4e9, -1e18])
        {
            Assert.Equal((long)Math.Round(x), (long)Bits((ref a) => ToInteger(ref a, true, false), Word(x)));
            Assert.Equal((long)x, (long)Bits((ref a) => ToInteger(ref a, true, true), Word(x)));
            Assert.Equal((float)x, Single((ref a) => a.ConvertFloat(false, Xmm0, Xmm9), 0, Word(x)));
            Assert.Equal((float)x, Double((ref a) => a.ConvertFloat(true, Xmm0, Xmm9), 0, Word((float)x)));
            var integer = (long)x;
            Assert.Equal(integer, Double((ref a) => From(ref a, true, true), Word(0.0), (ulong)integer));
            Assert.Equal((int)integer, Double((ref a) => From(ref a, true, false), Word(0.0), (ulong)integer));
            Assert.Equal((float)integer, Single((ref a) => From(ref a, false, true), 0, (ulong)integer));
        }
    }

    [FactOnHost]
    public void Memory_and_moves()
    {
        double x = 2.5, y = 0;
        Assert.Equal(2.5, Double((ref a) => a.LoadFloat(true, Xmm0, new(Rdi)), (ulong)&x, 0));
        _code.Run((ref a) =>
        {
            a.LoadFloat(true, Xmm12, new(Rdi));
            a.MoveFloat(Xmm3, Xmm12);
            a.StoreFloat(true, new(Rsi), Xmm3);
        }, (ulong)&x, (ulong)&y);
        Assert.Equal(2.5, y);
        float f = -1.25f, g = 0;
        _code.Run((ref a) => { a.LoadFloat(false, Xmm12, new(Rdi)); a.StoreFloat(false, new(Rsi), Xmm12); }, (ulong)&f, (ulong)&g);
        Assert.Equal(-1.25f, g);
    }

    [FactOnHost]
    public void Logic()
    {
        var room = stackalloc ulong[4];
        var aligned = (ulong*)(((nuint)room + 15) & ~(nuint)15);
        foreach (var (x, y) in _code.Pairs())
        {
            *aligned = y;
            foreach (var op in Enum.GetValues<LogicOp>())
            {
                var expected = op switch { LogicOp.And => x & y, LogicOp.AndNot => ~x & y, LogicOp.Or => x | y, _ => x ^ y };
                Assert.Equal(expected, Bits((ref a) => a.Logic(op, Xmm0, Xmm9), x, y));
                Assert.Equal(expected, Bits((ref a) => a.Logic(op, Xmm0, new Address(Rsi)), x, (ulong)aligned));
            }
        }
    }

    [FactOnHost]
    public void Control_sets_the_rounding_and_tells_the_flags()
    {
        var words = stackalloc uint[3];
        foreach (var (control, expected) in ((uint, ulong)[])[(RoundTowardZero, 1), (RoundUp, 2)])
        {
            words[1] = control;
            Assert.Equal(expected, _code.Run((ref a) =>
            {
                a.StoreControl(new Address(Rdi));
                a.LoadControl(new Address(Rdi, 4));
                a.MoveToXmm(true, Xmm1, Rsi);
                a.ConvertToInteger(true, false, true, Rax, Xmm1);
                a.StoreControl(new Address(Rdi, 8));
                a.LoadControl(new Address(Rdi));
            }, (ulong)words, Word(1.5)));
            Assert.Equal(control | Inexact, words[2]);
        }
    }

    [FactOnHost]
    public void Carryless_products()
    {
        foreach (var (x, y) in _code.Pairs())
        {
            UInt128 product = 0;
            for (var i = 0; i < 64; i++)
            {
                if (((y >> i) & 1) != 0) product ^= (UInt128)x << i;
            }
            Assert.Equal((ulong)product, Bits((ref a) => a.CarrylessMultiply(Xmm0, Xmm9, 0), x, y));
            Assert.Equal((ulong)(product >> 64), Bits((ref a) =>
            {
                a.CarrylessMultiply(Xmm0, Xmm9, 0);
                a.ShiftRightBytes(Xmm0, 8);
            }, x, y));
        }
    }

    private static void ToInteger(ref Assembler a, bool isDouble, bool truncate)
    {
        a.ConvertToInteger(isDouble, truncate, true, Rax, Xmm0);
        a.MoveToXmm(true, Xmm0, Rax);
    }

    private static void From(ref Assembler a, bool isDouble, bool wide)
    {
        a.Logic(LogicOp.Xor, Xmm0, Xmm0);
        a.ConvertFromInteger(isDouble, wide, Xmm0, Rsi);
    }

    private static double Apply(FloatOp op, double x, double y) => op switch
    {
        FloatOp.Sqrt => Math.Sqrt(y),
        FloatOp.Add => x + y,
        FloatOp.Mul => x * y,
        FloatOp.Sub => x - y,
        FloatOp.Min => x < y ? x : y,
        FloatOp.Div => x / y,
        _ => x > y ? x : y,
    };

    private static ulong Word(double value) => BitConverter.DoubleToUInt64Bits(value);

    private static ulong Word(float value) => BitConverter.SingleToUInt32Bits(value);

    /// <summary>Runs with the arguments in xmm0 and xmm9 besides rdi and rsi; the result is in xmm0.</summary>
    private ulong Bits(Emission body, ulong x, ulong y = 0) => _code.Run((ref a) =>
    {
        a.MoveToXmm(true, Xmm0, Rdi);
        a.MoveToXmm(true, Xmm9, Rsi);
        body(ref a);
        a.MoveFromXmm(true, Rax, Xmm0);
    }, x, y);

    private double Double(Emission body, ulong x, ulong y) => BitConverter.UInt64BitsToDouble(Bits(body, x, y));

    private double Double(Emission body, double x, double y) => Double(body, Word(x), Word(y));

    private float Single(Emission body, ulong x, ulong y) => BitConverter.UInt32BitsToSingle((uint)Bits(body, x, y));

    private float Single(Emission body, float x, float y) => Single(body, Word(x), Word(y));
}
