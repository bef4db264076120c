namespace Mimus.Isa.X86.Instructions;

/// <summary>
/// Decimal adjustment (SDM volume 2, DAA, DAS, AAA, AAS): from AX and the flags to AX and, from bit 16 on, the carry and adjust flags.
/// </summary>
internal static class DecimalHelpers
{
    public static ulong PackedAfterAdd(EmulatedCpu cpu, ulong ax, ulong flags)
    {
        var (low, high) = Digits(ax, flags);
        var al = (byte)ax + (low ? 6 : 0) + (high ? 0x60 : 0);
        return Result((ax & 0xff00) | (byte)al, high, low);
    }

    public static ulong PackedAfterSubtract(EmulatedCpu cpu, ulong ax, ulong flags)
    {
        var (low, high) = Digits(ax, flags);
        var al = (byte)ax - (low ? 6 : 0) - (high ? 0x60 : 0);
        var borrow = high || (low && (byte)ax < 6);
        return Result((ax & 0xff00) | (byte)al, borrow, low);
    }

    public static ulong AsciiAfterAdd(EmulatedCpu cpu, ulong ax, ulong flags)
    {
        var (low, _) = Digits(ax, flags);
        return Result((low ? ax + 0x106 : ax) & 0xff0f, low, low);
    }

    public static ulong AsciiAfterSubtract(EmulatedCpu cpu, ulong ax, ulong flags)
    {
        var (low, _) = Digits(ax, flags);
        return Result((low ? ax - 0x106 : ax) & 0xff0f, low, low);
    }

    /// <summary>Which digits need a correction.</summary>
    private static (bool Low, bool High) Digits(ulong ax, ulong flags) =>
        ((ax & 15) > 9 || (flags & EFlags.Adjust) != 0, (byte)ax > 0x99 || (flags & EFlags.Carry) != 0);

    private static ulong Result(ulong ax, bool carry, bool adjust) =>
        (ax & 0xffff) | ((carry ? EFlags.Carry : 0) << 16) | ((adjust ? EFlags.Adjust : 0) << 16);
}
