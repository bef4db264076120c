using System.Numerics;

namespace Mimus.Storage.Compression;

/// <summary>A table of finite state entropy, section 4.1 of RFC 8878: for each state a symbol and how to get to the next state.</summary>
internal sealed class FseTable
{
    private const int LargestLog = 9;

    private readonly byte[] _symbols = new byte[1 << LargestLog], _bits = new byte[1 << LargestLog];
    private readonly ushort[] _bases = new ushort[1 << LargestLog];

    public int Log { get; private set; }

    public static FseTable Of(int log, ReadOnlySpan<sbyte> probabilities)
    {
        var table = new FseTable();
        Span<short> counts = stackalloc short[probabilities.Length];
        for (var i = 0; i < counts.Length; i++) counts[i] = probabilities[i];
        table.Build(log, counts);
        return table;
    }

    public byte Symbol(int state) => _symbols[state];

    public int Next(int state, ref ReverseBits bits) => _bases[state] + (int)bits.Read(_bits[state]);

    public int NextBits(int state) => _bits[state];

    public void BuildSingle(byte symbol)
    {
        Log = 0;
        (_symbols[0], _bits[0], _bases[0]) = (symbol, 0, 0);
    }

    /// <summary>Reads a description of probabilities and builds the table; how many bytes it had, or -1.</summary>
    public int Read(ReadOnlySpan<byte> source, int largestLog, int symbols)
    {
        if (source.IsEmpty) return -1;
        Span<short> counts = stackalloc short[symbols];
        counts.Clear();
        var position = 4;
        var log = (source[0] & 15) + 5;
        if (log > largestLog) return -1;
        int remaining = 1 << log, symbol = 0;
        while (remaining > 0 && symbol < symbols)
        {
            var bits = BitOperations.Log2((uint)remaining + 1) + 1;
            var value = (int)BitsAt(source, position, bits);
            // Values that need not all bits take one less.
            var lowMask = (1 << (bits - 1)) - 1;
            var threshold = (1 << bits) - 1 - (remaining + 1);
            if ((value & lowMask) < threshold)
            {
                position += bits - 1;
                value &= lowMask;
            }
            else
            {
                position += bits;
                if (value > lowMask) value -= threshold;
            }
            var probability = (short)(value - 1);
            remaining -= probability < 0 ? 1 : probability;
            counts[symbol++] = probability;
            if (probability != 0) continue;
            int repeat;
            do
            {
                repeat = (int)BitsAt(source, position, 2);
                position += 2;
                symbol += repeat;
            }
            while (repeat == 3 && symbol < symbols);
            if (symbol > symbols) return -1;
        }
        var bytes = (position + 7) / 8;
        if (remaining != 0 || bytes > source.Length) return -1;
        Build(log, counts);
        return bytes;
    }

    private static uint BitsAt(ReadOnlySpan<byte> source, int position, int count)
    {
        uint value = 0;
        for (var i = 0; i < 4 && (position >> 3) + i < source.Length; i++) value |= (uint)source[(position >> 3) + i] << (8 * i);
        return value >> (position & 7) & ((1u << count) - 1);
    }

    private void Build(int log, ReadOnlySpan<short> counts)
    {
        Log = log;
        int size = 1 << log, high = size - 1;
        Span<ushort> next = stackalloc ushort[counts.Length];
        for (var symbol = 0; symbol < counts.Length; symbol++)
        {
            next[symbol] = (ushort)Math.Max(counts[symbol], (short)1);
            if (counts[symbol] == -1) _symbols[high--] = (byte)symbol;
        }
        int position = 0, step = (size >> 1) + (size >> 3) + 3;
        for (var symbol = 0; symbol < counts.Length; symbol++)
        {
            for (var i = 0; i < counts[symbol]; i++)
            {
                _symbols[position] = (byte)symbol;
                do position = (position + step) & (size - 1);
                while (position > high);
            }
        }
        for (var state = 0; state < size; state++)
        {
            var number = next[_symbols[state]]++;
            _bits[state] = (byte)(log - BitOperations.Log2(number));
            _bases[state] = (ushort)((number << _bits[state]) - size);
        }
    }
}
