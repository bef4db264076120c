namespace Mimus.Isa.X86.Instructions;

/// <summary>Division of 128 bits by 64: RDX:RAX by an operand. They write RAX and RDX.</summary>
internal static unsafe class DivisionHelpers
{
    public static ulong Divide(EmulatedCpu cpu, ulong divisor, ulong unused)
    {
        ulong high = cpu.Slots[Slot.Rdx], low = cpu.Slots[Slot.Rax];
        if (divisor == 0 || high >= divisor)
        {
            cpu.RaiseTrap(Fault.DivideError, 0);
            return 0;
        }
        Finish(cpu, high, low, divisor, negateQuotient: false, negateRemainder: false);
        return 0;
    }

    public static ulong DivideSigned(EmulatedCpu cpu, ulong divisor, ulong unused)
    {
        var dividend = (Int128)new UInt128(cpu.Slots[Slot.Rdx], cpu.Slots[Slot.Rax]);
        var magnitude = dividend < 0 ? (UInt128)(-dividend) : (UInt128)dividend;
        bool dividendNegative = dividend < 0, divisorNegative = (long)divisor < 0;
        var divisorMagnitude = divisorNegative ? 0 - divisor : divisor;
        var limit = (UInt128)(1ul << 63) - (dividendNegative == divisorNegative ? 1u : 0u);
        if (divisor == 0 || (ulong)(magnitude >> 64) >= divisorMagnitude || magnitude / divisorMagnitude > limit)
        {
            cpu.RaiseTrap(Fault.DivideError, 0);
            return 0;
        }
        Finish(cpu, (ulong)(magnitude >> 64), (ulong)magnitude, divisorMagnitude, dividendNegative != divisorNegative, dividendNegative);
        return 0;
    }

    private static void Finish(EmulatedCpu cpu, ulong high, ulong low, ulong divisor, bool negateQuotient, bool negateRemainder)
    {
        ulong quotient, remainder;
        if (high == 0) (quotient, remainder) = Math.DivRem(low, divisor);
        else
        {
            var (wideQuotient, wideRemainder) = UInt128.DivRem(new UInt128(high, low), divisor);
            (quotient, remainder) = ((ulong)wideQuotient, (ulong)wideRemainder);
        }
        cpu.Slots[Slot.Rax] = negateQuotient ? 0 - quotient : quotient;
        cpu.Slots[Slot.Rdx] = negateRemainder ? 0 - remainder : remainder;
    }
}
