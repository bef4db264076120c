namespace Mimus.TestSupport.RiscV.Generation;

/// <summary>Values for registers: the special ones far more often than chance would have them.</summary>
public static class OperandValues
{
    private const ulong HalfBox = 0xffff_ffff_ffff_0000, SingleBox = 0xffff_ffff_0000_0000;

    private static readonly ulong[] s_integers =
    [
        0, 1, 2, 3, 7, 8, 31, 32, 63, 64, ulong.MaxValue, ulong.MaxValue - 1, long.MaxValue, 1ul << 63, (1ul << 63) + 1, int.MaxValue,
        0xffff_ffff_8000_0000, 0x8000_0000_0000_0000 >> 31, uint.MaxValue, 0xff, 0xffff, 0xffff_ffff_ffff_ff80, 0x0102_0408_1020_4080,
        0x5555_5555_5555_5555, 0xaaaa_aaaa_aaaa_aaaa, 0x00ff_00ff_00ff_00ff, 0x8080_8080_8080_8080,
    ];

    private static readonly ulong[] s_doubles =
    [
        0, 1ul << 63, 0x3ff0_0000_0000_0000, 0xbff0_0000_0000_0000, 0x7ff0_0000_0000_0000, 0xfff0_0000_0000_0000, 0x7ff8_0000_0000_0000,
        0xfff8_0000_0000_1234, 0x7ff0_0000_0000_0001, 0xfff4_0000_0000_0000, 1, 0x000f_ffff_ffff_ffff, 0x0010_0000_0000_0000,
        0x7fef_ffff_ffff_ffff, 0x3fe0_0000_0000_0000, 0x43e0_0000_0000_0000, 0xc3e0_0000_0000_0000, 0x41df_ffff_ffc0_0000,
        0x41ef_ffff_ffe0_0000, 0x3810_0000_0000_0000, 0x36a0_0000_0000_0000, 0x47ef_ffff_e000_0000, 0x40ef_fc00_0000_0000,
    ];

    private static readonly uint[] s_singles =
    [
        0, 0x8000_0000, 0x3f80_0000, 0xbf80_0000, 0x7f80_0000, 0xff80_0000, 0x7fc0_0000, 0xffc0_1234, 0x7f80_0001, 0xffa0_0000, 1, 0x007f_ffff,
        0x0080_0000, 0x7f7f_ffff, 0x3f00_0000, 0x4f00_0000, 0xcf00_0000, 0x5f00_0000, 0xdf00_0000, 0x3880_0000, 0x3300_0000, 0x477f_e000,
    ];

    private static readonly ushort[] s_halves =
    [
        0, 0x8000, 0x3c00, 0xbc00, 0x7c00, 0xfc00, 0x7e00, 0xfe12, 0x7c01, 0xfd00, 1, 0x03ff, 0x0400, 0x7bff, 0x3800, 0x7800, 0xf800,
    ];

    public static ulong Integer(Random random) => random.Next(8) switch
    {
        0 or 1 => s_integers[random.Next(s_integers.Length)],
        2 => (ulong)(long)random.Next(-70, 70),
        3 => (ulong)(long)(int)random.NextInt64(),
        4 => 1ul << random.Next(64),
        5 => Wide(random) >> random.Next(64),
        _ => Wide(random),
    };

    public static ulong Wide(Random random) => ((ulong)random.NextInt64(1L << 32) << 32) | (ulong)random.NextInt64(1L << 32);

    /// <summary>A floating-point register: mostly a number of one of the formats, sometimes badly boxed or anything.</summary>
    public static ulong Float(Random random) => random.Next(16) switch
    {
        0 or 1 or 2 => s_doubles[random.Next(s_doubles.Length)],
        3 or 4 or 5 => SingleBox | s_singles[random.Next(s_singles.Length)],
        6 or 7 => HalfBox | s_halves[random.Next(s_halves.Length)],
        8 or 9 => SingleBox | (uint)Wide(random),
        10 => HalfBox | (ushort)random.Next(),
        // Exponents near each other, so that additions cancel and fused products round.
        11 => 0x3fe0_0000_0000_0000 + (Wide(random) >> 11),
        12 => SingleBox | (0x3f00_0000 + ((uint)Wide(random) >> 8)),
        13 => Integer(random),
        14 => (Wide(random) & ~SingleBox) | 0xffff_fffe_0000_0000,
        _ => Wide(random),
    };
}
