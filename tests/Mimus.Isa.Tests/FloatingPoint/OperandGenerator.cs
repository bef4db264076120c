using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa.Tests.FloatingPoint;

/// <summary>
/// Operands that meet the edges of arithmetic often: special values, their neighbours, sparse and dense significands,
/// pairs that cancel, pairs whose product or quotient lies at the borders of the range, sums that nearly undo a product.
/// </summary>
internal sealed class OperandGenerator<TFormat>(ulong seed)
    where TFormat : struct, IFloatFormat
{
    private static readonly int s_fractionBits = TFormat.FractionBits;
    private static readonly int s_maxExponent = (1 << TFormat.ExponentBits) - 1;
    private static readonly ulong s_fractionMask = (1UL << TFormat.FractionBits) - 1;
    private static readonly ulong s_signBit = 1UL << (TFormat.ExponentBits + TFormat.FractionBits);

    private static readonly ulong[] s_special = Special();

    private ulong _state = seed;

    /// <summary>SplitMix64 (Steele, Lea, Flood 2014).</summary>
    public ulong Bits()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    public int Below(int limit) => (int)(Bits() % (ulong)limit);

    public ulong Next()
    {
        ulong sign = (Bits() & 1) != 0 ? s_signBit : 0;
        int bias = s_maxExponent >> 1;
        switch (Below(16))
        {
            case 0 or 1:
                return sign ^ s_special[Below(s_special.Length)];
            case 2:
                return Neighbour(sign ^ s_special[Below(s_special.Length)], 3);
            case 3 or 4 or 5:
                return Bits() & (s_signBit | (s_signBit - 1));
            case 6 or 7 or 8:
                return Compose(sign, bias + Below(2 * s_fractionBits) - s_fractionBits, Bits());
            case 9 or 10 or 11:
                return Compose(sign, bias + Below(66) - 2, Pattern());
            case 12:
                return Compose(sign, Below(s_maxExponent), Pattern());
            case 13:
                return Compose(sign, 0, Below(2) == 0 ? Bits() >> Below(64) : Pattern());
            case 14:
                return Compose(sign, Below(2) == 0 ? 1 + Below(4) : s_maxExponent - 1 - Below(4), Pattern());
            default:
                return Compose(sign, bias + Below(8), Bits() << (s_fractionBits - Math.Min(s_fractionBits, Below(12))));
        }
    }

    public void Next(out ulong a, out ulong b)
    {
        a = Next();
        int exponent = (int)(a >> s_fractionBits) & s_maxExponent;
        int bias = s_maxExponent >> 1;
        ulong sign = (Bits() & 1) != 0 ? s_signBit : 0;
        b = Below(16) switch
        {
            0 or 1 or 2 => Neighbour(a, 4) ^ sign,
            3 or 4 => Compose(sign, exponent + Below(5) - 2, Below(2) == 0 ? Bits() : Pattern()),
            5 or 6 => Compose(sign, exponent + Below((2 * s_fractionBits) + 8) - s_fractionBits - 4, Pattern()),
            // Products at the lower and the upper border of the range, then quotients.
            7 => Compose(sign, bias - exponent + 3 - Below(s_fractionBits + 6), Below(2) == 0 ? Bits() : Pattern()),
            8 => Compose(sign, bias - exponent + s_maxExponent - Below(4), Below(2) == 0 ? Bits() : Pattern()),
            9 => Compose(sign, exponent + bias - 3 + Below(s_fractionBits + 6), Below(2) == 0 ? Bits() : Pattern()),
            10 => Compose(sign, exponent + bias - s_maxExponent + Below(4), Below(2) == 0 ? Bits() : Pattern()),
            _ => Next(),
        };
        if (Below(2) == 0) (a, b) = (b, a);
    }

    public void Next(out ulong a, out ulong b, out ulong c)
    {
        Next(out a, out b);
        // The code under test may choose operands; it does not judge them.
        FloatContext context = default;
        ulong product = SoftFloat<TFormat>.Multiply(a, b, ref context);
        int exponent = (int)(product >> s_fractionBits) & s_maxExponent;
        ulong sign = (Bits() & 1) != 0 ? s_signBit : 0;
        c = Below(8) switch
        {
            0 or 1 => Neighbour(product, 2) ^ s_signBit,
            2 => Neighbour(product, 5) ^ sign,
            3 or 4 => Compose(sign, exponent + Below((6 * s_fractionBits) + 8) - (3 * s_fractionBits) - 4, Pattern()),
            5 => Compose(sign, exponent + Below(3) - 1, Bits()),
            _ => Next(),
        };
    }

    private static ulong Compose(ulong sign, int exponent, ulong fraction) =>
        sign | ((ulong)Math.Clamp(exponent, 0, s_maxExponent - 1) << s_fractionBits) | (fraction & s_fractionMask);

    private static ulong[] Special()
    {
        ulong infinity = (ulong)s_maxExponent << s_fractionBits;
        ulong one = (ulong)(s_maxExponent >> 1) << s_fractionBits;
        ulong ulp = 1UL << s_fractionBits;
        return
        [
            0, 0, 1, 2, 3, s_fractionMask, s_fractionMask - 1, ulp, ulp + 1, 2 * ulp,
            infinity, infinity - 1, infinity - 2, infinity - ulp,
            infinity | (ulp >> 1), infinity | (ulp >> 1) | 1, infinity | 1, infinity | (ulp >> 2),
            one, one + 1, one - 1, one + ulp, one - ulp, one - (2 * ulp), one | (ulp >> 1), one + (2 * ulp), one - ulp - 1, one - ulp + 1,
        ];
    }

    private ulong Neighbour(ulong value, int most)
    {
        ulong moved = value + (ulong)Below((2 * most) + 1) - (ulong)most;
        return moved & (s_signBit | (s_signBit - 1));
    }

    /// <summary>Significands that make exact results, ties and long carries: few ones, few zeros, a run.</summary>
    private ulong Pattern()
    {
        switch (Below(5))
        {
            case 0:
                return 0;
            case 1:
                return (1UL << Below(s_fractionBits)) | (1UL << Below(s_fractionBits));
            case 2:
                return ~(1UL << Below(s_fractionBits));
            case 3:
                return Bits() << Below(s_fractionBits + 1);
            default:
                ulong run = ((1UL << Below(s_fractionBits)) - 1) << Below(s_fractionBits);
                return Below(2) == 0 ? run : ~run;
        }
    }
}
