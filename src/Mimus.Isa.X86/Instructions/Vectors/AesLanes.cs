using System.Runtime.Intrinsics;

namespace Mimus.Isa.X86.Instructions;

/// <summary>The rounds of AES (FIPS 197) as AES-NI has them.</summary>
internal static class AesLanes
{
    private static readonly byte[] s_substitute = CreateBox();
    private static readonly byte[] s_restore = Invert(s_substitute);

    public static Vector128<ulong> Round(Vector128<ulong> state, Vector128<ulong> key, bool last)
    {
        // Row r of the state moves left by r columns.
        var moved = Substitute(state, s_substitute, step: 5);
        return (last ? moved : MixColumns(moved, 2, 3, 1, 1)) ^ key;
    }

    public static Vector128<ulong> InverseRound(Vector128<ulong> state, Vector128<ulong> key, bool last)
    {
        var moved = Substitute(state, s_restore, step: 13);
        return (last ? moved : MixColumns(moved, 14, 11, 13, 9)) ^ key;
    }

    public static Vector128<ulong> InverseMixColumns(Vector128<ulong> state) => MixColumns(state, 14, 11, 13, 9);

    public static Vector128<ulong> AssistKey(Vector128<ulong> key, int constant)
    {
        Vector128<ulong> result = default;
        Span<uint> x = Lanes.Items<uint>(ref key), r = Lanes.Items<uint>(ref result);
        r[0] = Substitute(x[1]);
        r[1] = uint.RotateRight(r[0], 8) ^ (byte)constant;
        r[2] = Substitute(x[3]);
        r[3] = uint.RotateRight(r[2], 8) ^ (byte)constant;
        return result;
    }

    private static uint Substitute(uint word) =>
        s_substitute[(byte)word] | ((uint)s_substitute[(byte)(word >> 8)] << 8) | ((uint)s_substitute[(byte)(word >> 16)] << 16) | ((uint)s_substitute[word >> 24] << 24);

    /// <summary>Byte i comes from byte i * step, which is how rows are shifted.</summary>
    private static Vector128<ulong> Substitute(Vector128<ulong> state, byte[] box, int step)
    {
        Vector128<ulong> result = default;
        Span<byte> x = Lanes.Items<byte>(ref state), r = Lanes.Items<byte>(ref result);
        for (var i = 0; i < r.Length; i++) r[i] = box[x[i * step & 15]];
        return result;
    }

    private static Vector128<ulong> MixColumns(Vector128<ulong> state, int c0, int c1, int c2, int c3)
    {
        Vector128<ulong> result = default;
        Span<byte> x = Lanes.Items<byte>(ref state), r = Lanes.Items<byte>(ref result);
        for (var i = 0; i < r.Length; i++)
        {
            var column = i & ~3;
            r[i] = (byte)(Multiply(x[i], c0) ^ Multiply(x[column | ((i + 1) & 3)], c1) ^ Multiply(x[column | ((i + 2) & 3)], c2) ^ Multiply(x[column | ((i + 3) & 3)], c3));
        }
        return result;
    }

    /// <summary>The product in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1.</summary>
    private static byte Multiply(int a, int b)
    {
        var product = 0;
        for (; b != 0; b >>= 1)
        {
            if ((b & 1) != 0) product ^= a;
            a = (a << 1) ^ ((a & 0x80) != 0 ? 0x11b : 0);
        }
        return (byte)product;
    }

    private static byte[] CreateBox()
    {
        var box = new byte[256];
        for (var x = 0; x < 256; x++)
        {
            var inverse = 0;
            for (var y = 1; y < 256 && x != 0; y++)
            {
                if (Multiply(x, y) == 1) inverse = y;
            }
            var b = (byte)inverse;
            box[x] = (byte)(b ^ byte.RotateLeft(b, 1) ^ byte.RotateLeft(b, 2) ^ byte.RotateLeft(b, 3) ^ byte.RotateLeft(b, 4) ^ 0x63);
        }
        return box;
    }

    private static byte[] Invert(byte[] box)
    {
        var inverse = new byte[256];
        for (var i = 0; i < box.Length; i++) inverse[box[i]] = (byte)i;
        return inverse;
    }
}
