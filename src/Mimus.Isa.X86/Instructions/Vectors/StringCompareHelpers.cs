namespace Mimus.Isa.X86.Instructions;

/// <summary>The comparisons of strings of SSE4.2 (SDM volume 1, 14.4). The argument has the control, the registers and whether lengths are explicit.</summary>
internal static unsafe class StringCompareHelpers
{
    private const int EqualAny = 0, Ranges = 1, EqualEach = 2;

    public static ulong Pack(byte control, int first, int second, bool hasLengths, bool isWide) =>
        control | ((ulong)first << 8) | ((ulong)second << 16) | (hasLengths ? 1ul << 24 : 0) | (isWide ? 1ul << 25 : 0);

    /// <summary>The bits of the result, from bit 32 on the flags.</summary>
    public static ulong Compare(EmulatedCpu cpu, ulong packed, ulong unused)
    {
        var control = (int)(packed & 0xff);
        var count = (control & 1) != 0 ? 8 : 16;
        Span<int> a = stackalloc int[16], b = stackalloc int[16];
        Read((byte*)(cpu.Slots + Slot.Vector((int)(packed >> 8) & 0xff)), control, a[..count]);
        Read((byte*)(cpu.Slots + Slot.Vector((int)(packed >> 16) & 0xff)), control, b[..count]);
        int lengthA = Length(a[..count]), lengthB = Length(b[..count]);
        if ((packed & (1 << 24)) != 0)
        {
            var isWide = (packed & (1 << 25)) != 0;
            lengthA = Length(cpu.Slots[Slot.Rax], isWide, count);
            lengthB = Length(cpu.Slots[Slot.Rdx], isWide, count);
        }
        uint result = 0;
        for (var j = 0; j < count; j++)
        {
            if (Holds((control >> 2) & 3, a[..count], b[..count], lengthA, lengthB, j)) result |= 1u << j;
        }
        if ((control & 0x10) != 0) result ^= (control & 0x20) != 0 ? (1u << lengthB) - 1 : (1u << count) - 1;
        var flags = (result != 0 ? EFlags.Carry : 0) | (lengthB < count ? EFlags.Zero : 0) | (lengthA < count ? EFlags.Sign : 0) | ((result & 1) != 0 ? EFlags.Overflow : 0);
        return result | (flags << 32);
    }

    private static bool Holds(int aggregation, ReadOnlySpan<int> a, ReadOnlySpan<int> b, int lengthA, int lengthB, int j)
    {
        switch (aggregation)
        {
            case EqualAny: return j < lengthB && a[..lengthA].Contains(b[j]);
            case Ranges:
                for (var i = 0; i + 1 < lengthA && j < lengthB; i += 2)
                {
                    if (b[j] >= a[i] && b[j] <= a[i + 1]) return true;
                }
                return false;
            case EqualEach: return j < lengthA && j < lengthB ? a[j] == b[j] : j >= lengthA && j >= lengthB;
            default:
                for (var (i, k) = (0, j); k < b.Length && i < lengthA; i++, k++)
                {
                    if (k >= lengthB || a[i] != b[k]) return false;
                }
                return true;
        }
    }

    private static void Read(byte* from, int control, Span<int> items)
    {
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = (control & 3) switch
            {
                0 => from[i],
                1 => ((ushort*)from)[i],
                2 => (sbyte)from[i],
                _ => ((short*)from)[i],
            };
        }
    }

    /// <summary>Up to the first zero.</summary>
    private static int Length(ReadOnlySpan<int> items)
    {
        var end = items.IndexOf(0);
        return end < 0 ? items.Length : end;
    }

    /// <summary>The magnitude in a register, at most as many as there are.</summary>
    private static int Length(ulong register, bool isWide, int count)
    {
        var value = isWide ? (long)register : (int)register;
        return value == long.MinValue ? count : (int)Math.Min(Math.Abs(value), count);
    }
}
