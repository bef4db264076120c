using System.Numerics;

namespace Mimus.Isa.X86.Instructions;

/// <summary>Work on bits that is too much for operations: plain functions of two values.</summary>
internal static class BitHelpers
{
    public static ulong Deposit(EmulatedCpu cpu, ulong value, ulong mask)
    {
        ulong result = 0;
        for (; mask != 0; mask &= mask - 1, value >>= 1)
        {
            if ((value & 1) != 0) result |= mask & (0 - mask);
        }
        return result;
    }

    public static ulong Gather(EmulatedCpu cpu, ulong value, ulong mask)
    {
        ulong result = 0;
        for (var bit = 1ul; mask != 0; mask &= mask - 1, bit <<= 1)
        {
            if ((value & mask & (0 - mask)) != 0) result |= bit;
        }
        return result;
    }

    public static ulong Checksum8(EmulatedCpu cpu, ulong sum, ulong data) => BitOperations.Crc32C((uint)sum, (byte)data);

    public static ulong Checksum16(EmulatedCpu cpu, ulong sum, ulong data) => BitOperations.Crc32C((uint)sum, (ushort)data);

    public static ulong Checksum32(EmulatedCpu cpu, ulong sum, ulong data) => BitOperations.Crc32C((uint)sum, (uint)data);

    public static ulong Checksum64(EmulatedCpu cpu, ulong sum, ulong data) => BitOperations.Crc32C((uint)sum, data);
}
