using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Mimus.Devices;

/// <summary>
/// Guest accesses as numbers. A bus passes 1, 2, 4 or 8 bytes, but nothing here depends on it: bytes past the number read as
/// zero and are not taken from a write.
/// </summary>
internal static class Register
{
    /// <summary>The little-endian number that a guest writes.</summary>
    public static ulong Value(ReadOnlySpan<byte> data)
    {
        ulong value = 0;
        for (var i = Math.Min(data.Length, sizeof(ulong)) - 1; i >= 0; i--) value = (value << 8) | data[i];
        return value;
    }

    /// <summary>Answers a guest's read with a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Answer(Span<byte> data, ulong value)
    {
        switch (data.Length)
        {
            case sizeof(byte): data[0] = (byte)value; return;
            case sizeof(ushort): BinaryPrimitives.WriteUInt16LittleEndian(data, (ushort)value); return;
            case sizeof(uint): BinaryPrimitives.WriteUInt32LittleEndian(data, (uint)value); return;
            case sizeof(ulong): BinaryPrimitives.WriteUInt64LittleEndian(data, value); return;
            default: AnswerBytes(data, value); return;
        }
    }

    private static void AnswerBytes(Span<byte> data, ulong value)
    {
        for (var i = 0; i < data.Length; i++)
        {
            data[i] = (byte)value;
            value >>= 8;
        }
    }

    /// <summary>Answers a guest's read that may begin inside a 64-bit register or take only a part of it.</summary>
    public static void AnswerPart(Span<byte> data, ulong register, ulong offset) =>
        Answer(data, register >> (int)((offset & 7) * 8));

    /// <summary>Replaces one 32-bit half of a 64-bit register.</summary>
    public static ulong WithHalf(ulong register, bool high, uint half) =>
        high ? (register & uint.MaxValue) | ((ulong)half << 32) : (register & ~(ulong)uint.MaxValue) | half;
}
