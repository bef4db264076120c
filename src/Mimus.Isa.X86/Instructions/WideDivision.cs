namespace Mimus.Isa.X86.Instructions;

/// <summary>Division of 128 bits by 64 (SDM volume 2, DIV and IDIV).</summary>
public static class WideDivision
{
    /// <summary>False where the divisor is 0 or the quotient has more than 64 bits.</summary>
    public static bool TryDivide(ulong high, ulong low, ulong divisor, out ulong quotient, out ulong remainder)
    {
        quotient = remainder = 0;
        if (high >= divisor) return false;
        (var wide, remainder) = high == 0 ? (low / divisor, low % divisor) : DivRem(new UInt128(high, low), divisor);
        quotient = wide;
        return true;
    }

    public static bool TryDivideSigned(ulong high, ulong low, ulong divisor, out ulong quotient, out ulong remainder)
    {
        bool isNegative = (long)high < 0, isDivisorNegative = (long)divisor < 0;
        var dividend = new UInt128(high, low);
        var magnitude = isNegative ? 0 - dividend : dividend;
        if (!TryDivide((ulong)(magnitude >> 64), (ulong)magnitude, isDivisorNegative ? 0 - divisor : divisor, out quotient, out remainder)) return false;
        if (quotient > (1ul << 63) - (isNegative == isDivisorNegative ? 1u : 0u)) return false;
        if (isNegative != isDivisorNegative) quotient = 0 - quotient;
        if (isNegative) remainder = 0 - remainder;
        return true;
    }

    private static (ulong Quotient, ulong Remainder) DivRem(UInt128 dividend, ulong divisor)
    {
        var (quotient, remainder) = UInt128.DivRem(dividend, divisor);
        return ((ulong)quotient, (ulong)remainder);
    }
}
