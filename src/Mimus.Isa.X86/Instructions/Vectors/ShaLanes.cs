using System.Numerics;
using System.Runtime.Intrinsics;

namespace Mimus.Isa.X86.Instructions;

/// <summary>The rounds and message schedules of SHA-1 and SHA-256 (FIPS 180-4) as the SHA extensions have them: words from the highest lane down.</summary>
internal static class ShaLanes
{
    private const int Highest = 3;

    private static ReadOnlySpan<uint> Constants => [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6];

    public static Vector128<ulong> NextE(Vector128<ulong> a, Vector128<ulong> b)
    {
        var e = BitOperations.RotateLeft(Lanes.Items<uint>(ref a)[Highest], 30);
        Lanes.Items<uint>(ref b)[Highest] += e;
        return b;
    }

    public static Vector128<ulong> Messages1(Vector128<ulong> a, Vector128<ulong> b)
    {
        Span<uint> x = Lanes.Items<uint>(ref a), y = Lanes.Items<uint>(ref b);
        (x[3], x[2], x[1], x[0]) = (x[1] ^ x[3], x[0] ^ x[2], y[3] ^ x[1], y[2] ^ x[0]);
        return a;
    }

    public static Vector128<ulong> Messages2(Vector128<ulong> a, Vector128<ulong> b)
    {
        Span<uint> x = Lanes.Items<uint>(ref a), y = Lanes.Items<uint>(ref b);
        x[3] = BitOperations.RotateLeft(x[3] ^ y[2], 1);
        x[2] = BitOperations.RotateLeft(x[2] ^ y[1], 1);
        x[1] = BitOperations.RotateLeft(x[1] ^ y[0], 1);
        x[0] = BitOperations.RotateLeft(x[0] ^ x[3], 1);
        return a;
    }

    /// <summary>Four rounds of SHA-1, of the quarter that the control says.</summary>
    public static Vector128<ulong> Rounds(Vector128<ulong> state, Vector128<ulong> words, int control)
    {
        Span<uint> s = Lanes.Items<uint>(ref state), w = Lanes.Items<uint>(ref words);
        uint a = s[3], b = s[2], c = s[1], d = s[0], e = 0;
        for (var round = Highest; round >= 0; round--)
        {
            var f = (control & 3) switch
            {
                0 => Choose(b, c, d),
                2 => Majority(b, c, d),
                _ => b ^ c ^ d,
            };
            (a, b, c, d, e) = (f + BitOperations.RotateLeft(a, 5) + w[round] + e + Constants[control & 3], a, BitOperations.RotateLeft(b, 30), c, d);
        }
        (s[3], s[2], s[1], s[0]) = (a, b, c, d);
        return state;
    }

    public static Vector128<ulong> Messages256First(Vector128<ulong> a, Vector128<ulong> b)
    {
        Span<uint> x = Lanes.Items<uint>(ref a), y = Lanes.Items<uint>(ref b);
        for (var i = 0; i < 4; i++) x[i] += Small(i < Highest ? x[i + 1] : y[0], 7, 18, 3);
        return a;
    }

    public static Vector128<ulong> Messages256Second(Vector128<ulong> a, Vector128<ulong> b)
    {
        Span<uint> x = Lanes.Items<uint>(ref a), y = Lanes.Items<uint>(ref b);
        for (var i = 0; i < 4; i++) x[i] += Small(i < 2 ? y[i + 2] : x[i - 2], 17, 19, 10);
        return a;
    }

    /// <summary>Two rounds of SHA-256: the state is in both operands, the words with their constants are the third's lower half.</summary>
    public static Vector128<ulong> Rounds256(Vector128<ulong> cdgh, Vector128<ulong> abef, Vector128<ulong> words)
    {
        Span<uint> x = Lanes.Items<uint>(ref cdgh), y = Lanes.Items<uint>(ref abef), w = Lanes.Items<uint>(ref words);
        uint a = y[3], b = y[2], c = x[3], d = x[2], e = y[1], f = y[0], g = x[1], h = x[0];
        for (var round = 0; round < 2; round++)
        {
            var first = h + w[round] + Choose(e, f, g) + Large(e, 6, 11, 25);
            var second = Majority(a, b, c) + Large(a, 2, 13, 22);
            (a, b, c, d, e, f, g, h) = (first + second, a, b, c, d + first, e, f, g);
        }
        (y[3], y[2], y[1], y[0]) = (a, b, e, f);
        return abef;
    }

    private static uint Choose(uint x, uint y, uint z) => (x & y) ^ (~x & z);

    private static uint Majority(uint x, uint y, uint z) => (x & y) ^ (x & z) ^ (y & z);

    private static uint Large(uint x, int a, int b, int c) => BitOperations.RotateRight(x, a) ^ BitOperations.RotateRight(x, b) ^ BitOperations.RotateRight(x, c);

    private static uint Small(uint x, int a, int b, int shift) => BitOperations.RotateRight(x, a) ^ BitOperations.RotateRight(x, b) ^ (x >> shift);
}
