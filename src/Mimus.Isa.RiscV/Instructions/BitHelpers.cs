namespace Mimus.Isa.RiscV.Instructions;

/// <summary>Bit manipulations that have no operation of their own; pure functions of their arguments.</summary>
internal static class BitHelpers
{
    public static ulong ReverseBitsInBytes(EmulatedCpu cpu, ulong a, ulong unused)
    {
        a = ((a & 0x5555_5555_5555_5555) << 1) | ((a >> 1) & 0x5555_5555_5555_5555);
        a = ((a & 0x3333_3333_3333_3333) << 2) | ((a >> 2) & 0x3333_3333_3333_3333);
        return ((a & 0x0f0f_0f0f_0f0f_0f0f) << 4) | ((a >> 4) & 0x0f0f_0f0f_0f0f_0f0f);
    }

    /// <summary>Each byte of the second selects a byte of the first; one out of range selects zero.</summary>
    public static ulong PermuteBytes(EmulatedCpu cpu, ulong table, ulong indices) => Permute(table, indices, 8);

    public static ulong PermuteNibbles(EmulatedCpu cpu, ulong table, ulong indices) => Permute(table, indices, 4);

    private static ulong Permute(ulong table, ulong indices, int width)
    {
        var mask = (1ul << width) - 1;
        ulong result = 0;
        for (var at = 0; at < 64; at += width)
        {
            var index = (indices >> at) & mask;
            if (index < (ulong)(64 / width)) result |= ((table >> ((int)index * width)) & mask) << at;
        }
        return result;
    }
}
