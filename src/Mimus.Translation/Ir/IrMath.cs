using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Mimus.Isa;

namespace Mimus.Translation.Ir;

/// <summary>What pure integer operations compute: the folder's and the IR evaluator's one definition.</summary>
internal static class IrMath
{
    public static ulong Binary(IrOp op, ulong a, ulong b) => op switch
    {
        IrOp.Add => a + b,
        IrOp.Subtract => a - b,
        IrOp.And => a & b,
        IrOp.Or => a | b,
        IrOp.Xor => a ^ b,
        IrOp.ShiftLeft => a << (int)b,
        IrOp.ShiftRight => a >> (int)b,
        IrOp.ShiftRightSigned => (ulong)((long)a >> (int)b),
        IrOp.RotateRight => BitOperations.RotateRight(a, (int)b),
        IrOp.RotateRight32 => BitOperations.RotateRight((uint)a, (int)b),
        IrOp.Multiply => a * b,
        IrOp.MultiplyHighSigned => (ulong)Math.BigMul((long)a, (long)b, out _),
        IrOp.MultiplyHighUnsigned => Math.BigMul(a, b, out _),
        IrOp.MultiplyHighSignedUnsigned => Math.BigMul(a, b, out _) - ((ulong)((long)a >> 63) & b),
        IrOp.DivideSigned => (long)b switch { 0 => 0, -1 => 0 - a, var d => (ulong)((long)a / d) },
        IrOp.DivideUnsigned => b == 0 ? 0 : a / b,
        IrOp.RemainderSigned => (long)b switch { 0 => a, -1 => 0, var d => (ulong)((long)a % d) },
        IrOp.RemainderUnsigned => b == 0 ? a : a % b,
        IrOp.CarrylessMultiplyLow => CarrylessMultiply(a, b, high: false),
        IrOp.CarrylessMultiplyHigh => CarrylessMultiply(a, b, high: true),
        _ => throw new ArgumentOutOfRangeException(nameof(op), op, null),
    };

    public static ulong Unary(IrOp op, ulong a, MemorySize size) => op switch
    {
        IrOp.SignExtend => size switch
        {
            MemorySize.Byte => (ulong)(sbyte)a,
            MemorySize.Half => (ulong)(short)a,
            MemorySize.Word => (ulong)(int)a,
            _ => a,
        },
        IrOp.ZeroExtend => size switch
        {
            MemorySize.Byte => (byte)a,
            MemorySize.Half => (ushort)a,
            MemorySize.Word => (uint)a,
            _ => a,
        },
        IrOp.CountLeadingZeros => (ulong)BitOperations.LeadingZeroCount(a),
        IrOp.CountTrailingZeros => (ulong)BitOperations.TrailingZeroCount(a),
        IrOp.CountOnes => (ulong)BitOperations.PopCount(a),
        IrOp.ReverseBytes => BinaryPrimitives.ReverseEndianness(a),
        _ => throw new ArgumentOutOfRangeException(nameof(op), op, null),
    };

    public static bool Holds(Relation relation, ulong a, ulong b) => relation switch
    {
        Relation.Equal => a == b,
        Relation.NotEqual => a != b,
        Relation.LessSigned => (long)a < (long)b,
        Relation.GreaterOrEqualSigned => (long)a >= (long)b,
        Relation.LessUnsigned => a < b,
        _ => a >= b,
    };

    private static ulong CarrylessMultiply(ulong a, ulong b, bool high)
    {
        if (Pclmulqdq.IsSupported)
        {
            var product = Pclmulqdq.CarrylessMultiply(Vector128.CreateScalar(a), Vector128.CreateScalar(b), 0);
            return product.GetElement(high ? 1 : 0);
        }
        ulong result = 0;
        for (var i = 0; i < 64; i++)
        {
            if (((b >> i) & 1) == 0) continue;
            if (!high) result ^= a << i;
            else if (i != 0) result ^= a >> (64 - i);
        }
        return result;
    }
}
