using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Mimus.Isa.X86.Instructions;

/// <summary>Operations on the lanes of 128 bits, for those that no host offers under one name.</summary>
internal static class Lanes
{
    public static Vector128<ulong> Map<T>(Vector128<ulong> a, Vector128<ulong> b, Func<T, T, T> function) where T : unmanaged
    {
        Vector128<ulong> result = default;
        Span<T> x = Items<T>(ref a), y = Items<T>(ref b), r = Items<T>(ref result);
        for (var i = 0; i < r.Length; i++) r[i] = function(x[i], y[i]);
        return result;
    }

    /// <summary>Lanes of both, in turn, from one on.</summary>
    public static Vector128<ulong> Unpack<T>(Vector128<ulong> a, Vector128<ulong> b, int first) where T : unmanaged
    {
        Vector128<ulong> result = default;
        Span<T> x = Items<T>(ref a), y = Items<T>(ref b), r = Items<T>(ref result);
        for (var i = 0; i < r.Length / 2; i++) (r[2 * i], r[(2 * i) + 1]) = (x[first + i], y[first + i]);
        return result;
    }

    /// <summary>Lanes of half the width: first those of one, then those of the other.</summary>
    public static Vector128<ulong> Pack<TFrom, TTo>(Vector128<ulong> a, Vector128<ulong> b, Func<TFrom, TTo> narrow) where TFrom : unmanaged where TTo : unmanaged
    {
        Vector128<ulong> result = default;
        Span<TFrom> x = Items<TFrom>(ref a), y = Items<TFrom>(ref b);
        var r = Items<TTo>(ref result);
        for (var i = 0; i < x.Length; i++) (r[i], r[x.Length + i]) = (narrow(x[i]), narrow(y[i]));
        return result;
    }

    /// <summary>Neighbours combined: first those of one, then those of the other.</summary>
    public static Vector128<ulong> Pair<T>(Vector128<ulong> a, Vector128<ulong> b, Func<T, T, T> function) where T : unmanaged
    {
        Vector128<ulong> result = default;
        Span<T> x = Items<T>(ref a), y = Items<T>(ref b), r = Items<T>(ref result);
        var half = r.Length / 2;
        for (var i = 0; i < half; i++) (r[i], r[half + i]) = (function(x[2 * i], x[(2 * i) + 1]), function(y[2 * i], y[(2 * i) + 1]));
        return result;
    }

    /// <summary>Lanes by number; those of the second operand are numbered behind the first's.</summary>
    public static Vector128<ulong> Select<T>(Vector128<ulong> a, Vector128<ulong> b, ReadOnlySpan<int> numbers) where T : unmanaged
    {
        Vector128<ulong> result = default;
        Span<T> x = Items<T>(ref a), y = Items<T>(ref b), r = Items<T>(ref result);
        for (var i = 0; i < r.Length; i++) r[i] = numbers[i] < x.Length ? x[numbers[i]] : y[numbers[i] - x.Length];
        return result;
    }

    /// <summary>Lanes of the first operand, by the numbers in the second from some bit on.</summary>
    public static Vector128<ulong> Permute<T>(Vector128<ulong> a, Vector128<ulong> b, int bit) where T : unmanaged, IBinaryInteger<T>
    {
        Vector128<ulong> result = default;
        Span<T> x = Items<T>(ref a), y = Items<T>(ref b), r = Items<T>(ref result);
        for (var i = 0; i < r.Length; i++) r[i] = x[int.CreateTruncating(y[i] >> bit) & (r.Length - 1)];
        return result;
    }

    /// <summary>The second operand's lane where the bit is set.</summary>
    public static Vector128<ulong> Blend<T>(Vector128<ulong> a, Vector128<ulong> b, int bits) where T : unmanaged
    {
        Span<T> x = Items<T>(ref a), y = Items<T>(ref b);
        for (var i = 0; i < x.Length; i++)
        {
            if (((bits >> i) & 1) != 0) x[i] = y[i];
        }
        return a;
    }

    /// <summary>The second operand's lane where the mask's lane is negative.</summary>
    public static Vector128<ulong> BlendByMask<T>(Vector128<ulong> a, Vector128<ulong> b, Vector128<ulong> mask) where T : unmanaged, INumber<T>
    {
        Span<T> x = Items<T>(ref a), y = Items<T>(ref b), m = Items<T>(ref mask);
        for (var i = 0; i < x.Length; i++)
        {
            if (m[i] < T.Zero) x[i] = y[i];
        }
        return a;
    }

    public static Vector128<ulong> Shift<T>(Vector128<ulong> a, Vector128<ulong> count, int bits, Func<T, int, T> function) where T : unmanaged
    {
        var places = count.ToScalar();
        if (places >= (ulong)bits) return default;
        var x = Items<T>(ref a);
        for (var i = 0; i < x.Length; i++) x[i] = function(x[i], (int)places);
        return a;
    }

    public static Vector128<ulong> ShiftSigned<T>(Vector128<ulong> a, Vector128<ulong> count, int most, Func<T, int, T> function) where T : unmanaged
    {
        var places = (int)Math.Min(count.ToScalar(), (ulong)most);
        var x = Items<T>(ref a);
        for (var i = 0; i < x.Length; i++) x[i] = function(x[i], places);
        return a;
    }

    /// <summary>Moves all bytes up, or down for a negative count.</summary>
    public static Vector128<ulong> ShiftBytes(Vector128<ulong> a, int count)
    {
        Vector128<ulong> result = default;
        Span<byte> x = Items<byte>(ref a), r = Items<byte>(ref result);
        if (count >= 0) x[..(16 - count)].CopyTo(r[count..]);
        else x[-count..].CopyTo(r);
        return result;
    }

    /// <summary>16 bytes out of both operands, the second being the lower.</summary>
    public static Vector128<ulong> AlignRight(Vector128<ulong> a, Vector128<ulong> b, int count)
    {
        Span<byte> both = stackalloc byte[64];
        both.Clear();
        Items<byte>(ref b).CopyTo(both);
        Items<byte>(ref a).CopyTo(both[16..]);
        return Unsafe.ReadUnaligned<Vector128<ulong>>(ref both[Math.Min(count & 0xff, 32)]);
    }

    public static Vector128<ulong> ShuffleBytes(Vector128<ulong> a, Vector128<ulong> b)
    {
        Vector128<ulong> result = default;
        Span<byte> x = Items<byte>(ref a), y = Items<byte>(ref b), r = Items<byte>(ref result);
        for (var i = 0; i < r.Length; i++) r[i] = (y[i] & 0x80) != 0 ? (byte)0 : x[y[i] & 15];
        return result;
    }

    public static ulong SumOfDifferences(ulong x, ulong y)
    {
        var sum = 0;
        for (var i = 0; i < 64; i += 8) sum += Math.Abs((byte)(x >> i) - (byte)(y >> i));
        return (ulong)sum;
    }

    /// <summary>The least of the words, and where it is.</summary>
    public static Vector128<ulong> LowestWord(Vector128<ulong> a)
    {
        var x = Items<ushort>(ref a);
        var best = 0;
        for (var i = 1; i < x.Length; i++)
        {
            if (x[i] < x[best]) best = i;
        }
        return Vector128.CreateScalar(x[best] | ((ulong)best << 16));
    }

    /// <summary>Eight sums of four differences of bytes; the control says where in each operand they begin.</summary>
    public static Vector128<ulong> MultipleSums(Vector128<ulong> a, Vector128<ulong> b, int control)
    {
        Vector128<ulong> result = default;
        Span<byte> x = Items<byte>(ref a), y = Items<byte>(ref b);
        var r = Items<ushort>(ref result);
        int first = ((control >> 2) & 1) * 4, second = (control & 3) * 4;
        for (var i = 0; i < r.Length; i++)
        {
            for (var k = 0; k < 4; k++) r[i] += (ushort)Math.Abs(x[first + i + k] - y[second + k]);
        }
        return result;
    }

    /// <summary>The carry-less product of a half of each, which the control chooses.</summary>
    public static Vector128<ulong> CarrylessMultiply(Vector128<ulong> a, Vector128<ulong> b, int control)
    {
        ulong x = a.GetElement(control & 1), y = b.GetElement((control >> 4) & 1), low = 0, high = 0;
        for (var i = 0; i < 64; i++)
        {
            if (((y >> i) & 1) == 0) continue;
            low ^= x << i;
            if (i != 0) high ^= x >> (64 - i);
        }
        return Vector128.Create(low, high);
    }

    public static short SaturateShort(int value) => (short)Math.Clamp(value, short.MinValue, short.MaxValue);

    public static Span<T> Items<T>(ref Vector128<ulong> vector) where T : unmanaged =>
        MemoryMarshal.Cast<ulong, T>(MemoryMarshal.CreateSpan(ref Unsafe.As<Vector128<ulong>, ulong>(ref vector), 2));
}
