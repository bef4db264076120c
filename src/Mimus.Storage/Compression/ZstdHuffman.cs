using System.Numerics;

namespace Mimus.Storage.Compression;

/// <summary>The Huffman codes of literals, section 4.2 of RFC 8878.</summary>
internal sealed class ZstdHuffman
{
    private const int LongestCode = 11, LargestWeightLog = 6, CodesAtOnce = 5;

    private readonly byte[] _symbols = new byte[1 << LongestCode], _lengths = new byte[1 << LongestCode];
    private readonly FseTable _weightTable = new();
    private int _log;

    public bool IsBuilt { get; private set; }

    public void Clear() => IsBuilt = false;

    /// <summary>Reads the description of a tree; how many bytes it had, or -1.</summary>
    public int Read(ReadOnlySpan<byte> source)
    {
        if (source.IsEmpty) return -1;
        Span<byte> weights = stackalloc byte[256];
        weights.Clear();
        int header = source[0], count, length;
        if (header >= 128)
        {
            count = header - 127;
            length = 1 + ((count + 1) / 2);
            if (length > source.Length) return -1;
            for (var i = 0; i < count; i++) weights[i] = (byte)((i & 1) == 0 ? source[1 + (i / 2)] >> 4 : source[1 + (i / 2)] & 15);
        }
        else
        {
            length = 1 + header;
            if (length > source.Length) return -1;
            count = ReadCompressedWeights(source[1..length], weights);
        }
        return count > 0 && Build(weights, count) ? length : -1;
    }

    public bool Decode(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var bits = new ReverseBits(source);
        if (!bits.IsValid) return false;
        var i = 0;
        // Five codes at a time fit into the bits that are taken out at once.
        while (destination.Length - i >= CodesAtOnce && bits.TryTop(out var top))
        {
            var used = 0;
            for (var end = i + CodesAtOnce; i < end; i++)
            {
                var code = (int)(top >> (64 - _log));
                destination[i] = _symbols[code];
                top <<= _lengths[code];
                used += _lengths[code];
            }
            bits.Skip(used);
        }
        for (; i < destination.Length; i++)
        {
            var code = (int)bits.Peek(_log);
            destination[i] = _symbols[code];
            bits.Skip(_lengths[code]);
        }
        return bits.Left == 0;
    }

    private int ReadCompressedWeights(ReadOnlySpan<byte> source, Span<byte> weights)
    {
        var table = _weightTable;
        var used = table.Read(source, LargestWeightLog, 16);
        if (used < 0) return -1;
        var bits = new ReverseBits(source[used..]);
        if (!bits.IsValid) return -1;
        int even = (int)bits.Read(table.Log), odd = (int)bits.Read(table.Log), count = 0;
        if (bits.Left < 0) return -1;
        // Two states in turn, until the bits do not suffice for the next one of the state that is due.
        while (true)
        {
            if (count > 253) return -1;
            weights[count++] = table.Symbol(even);
            if (bits.Left < table.NextBits(even))
            {
                weights[count++] = table.Symbol(odd);
                return count;
            }
            even = table.Next(even, ref bits);
            (even, odd) = (odd, even);
        }
    }

    private bool Build(Span<byte> weights, int count)
    {
        var sum = 0u;
        for (var i = 0; i < count; i++)
        {
            if (weights[i] > LongestCode) return false;
            if (weights[i] > 0) sum += 1u << (weights[i] - 1);
        }
        if (sum == 0) return false;
        // The last symbol's weight is what is missing to a power of two.
        _log = BitOperations.Log2(sum) + 1;
        var left = (1u << _log) - sum;
        if (_log > LongestCode || !BitOperations.IsPow2(left) || count > 255) return false;
        weights[count++] = (byte)(BitOperations.Log2(left) + 1);
        var position = 0;
        for (var weight = 1; weight <= _log; weight++)
        {
            for (var symbol = 0; symbol < count; symbol++)
            {
                if (weights[symbol] != weight) continue;
                var entries = 1 << (weight - 1);
                if (position + entries > 1 << _log) return false;
                _symbols.AsSpan(position, entries).Fill((byte)symbol);
                _lengths.AsSpan(position, entries).Fill((byte)(_log + 1 - weight));
                position += entries;
            }
        }
        IsBuilt = position == 1 << _log;
        return IsBuilt;
    }
}
