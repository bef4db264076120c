using System.Buffers.Binary;
using System.Numerics;

namespace Mimus.Storage.Compression;

/// <summary>
/// Compresses clusters as qcow2 wants them: a deflate stream (RFC 1951) whose matches are at most 4 KiB back, a window that the
/// library of the runtime cannot be told to keep to. One encoder belongs to one thread.
/// </summary>
internal sealed class DeflateEncoder
{
    private const int Window = 4096, ShortestMatch = 4, LongestMatch = 258, HashBits = 13;
    private const int LongestSearch = 24, GoodEnough = 64, TokensAtOnce = 1 << 15;
    private const int LiteralSymbols = 286, DistanceSymbols = 30, LengthSymbols = 19, EndOfBlock = 256;

    private static readonly byte[] s_lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
    private static readonly ushort[] s_lengthBase = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
    private static readonly byte[] s_lengthBits = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
    private static readonly byte[] s_lengthCode = LengthCodes();

    private readonly int[] _heads = new int[1 << HashBits], _before = new int[Window];
    private readonly uint[] _tokens = new uint[TokensAtOnce]; // a literal, or a length above a distance
    private readonly int[] _literalCounts = new int[LiteralSymbols], _distanceCounts = new int[DistanceSymbols];
    private readonly HuffmanCode _literals = new(LiteralSymbols, 15), _distances = new(DistanceSymbols, 15), _lengths = new(LengthSymbols, 7);
    private int _tokenCount;

    /// <summary>Compresses the source; how many bytes it has then, or 0 when that is no less than the destination's length.</summary>
    public int Encode(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var output = new BitWriter(destination);
        _heads.AsSpan().Fill(-Window);
        StartBlock();
        var position = 0;
        var previousLength = 0;
        var previousDistance = 0;
        var misses = 0;
        while (position < source.Length)
        {
            int length = 0, distance = 0;
            if (position + ShortestMatch <= source.Length) (length, distance) = Find(source, position, previousLength);
            if (previousLength >= ShortestMatch && length <= previousLength)
            {
                AddMatch(previousLength, previousDistance);
                // The first position of the match and the one after it are known already.
                var end = position - 1 + previousLength;
                while (++position < end) Note(source, position);
                previousLength = 0;
                misses = 0;
            }
            else
            {
                if (previousLength > 0) AddLiteral(source[position - 1]);
                if (length >= ShortestMatch)
                {
                    (previousLength, previousDistance) = (length, distance);
                    position++;
                    misses = 0;
                }
                else
                {
                    previousLength = 0;
                    AddLiteral(source[position++]);
                    // What has not matched for long probably will not: it is looked at less closely.
                    for (var skip = misses++ >> 7; skip > 0 && position < source.Length && _tokenCount < TokensAtOnce - 3; skip--) AddLiteral(source[position++]);
                }
            }
            if (_tokenCount >= TokensAtOnce - 3 && position < source.Length)
            {
                WriteBlock(ref output, isLast: false);
                if (output.IsFull) return 0;
            }
        }
        WriteBlock(ref output, isLast: true);
        return output.Finish();
    }

    private static byte[] LengthCodes()
    {
        var codes = new byte[LongestMatch + 1];
        for (var code = 0; code < s_lengthBase.Length; code++) codes.AsSpan(s_lengthBase[code]).Fill((byte)code);
        return codes;
    }

    private static int HashOf(ReadOnlySpan<byte> source, int position) =>
        (int)(BinaryPrimitives.ReadUInt32LittleEndian(source[position..]) * 2654435761u >> (32 - HashBits));

    private static int DistanceCode(int distance)
    {
        if (distance <= 4) return distance - 1;
        var log = BitOperations.Log2((uint)distance - 1);
        return (log * 2) + ((distance - 1) >> (log - 1) & 1);
    }

    private void Note(ReadOnlySpan<byte> source, int position)
    {
        if (position + ShortestMatch > source.Length) return;
        ref var head = ref _heads[HashOf(source, position)];
        _before[position & (Window - 1)] = head;
        head = position;
    }

    /// <summary>The longest match at a position that is longer than the one before it, and notes the position.</summary>
    private (int Length, int Distance) Find(ReadOnlySpan<byte> source, int position, int longerThan)
    {
        ref var head = ref _heads[HashOf(source, position)];
        var candidate = head;
        _before[position & (Window - 1)] = head;
        head = position;
        int best = Math.Max(longerThan, ShortestMatch - 1), distance = 0, most = Math.Min(LongestMatch, source.Length - position);
        if (best >= most || longerThan >= GoodEnough) return (0, 0);
        var here = source.Slice(position, most);
        for (var left = longerThan >= ShortestMatch * 2 ? LongestSearch / 4 : LongestSearch; left > 0 && candidate >= 0 && position - candidate <= Window; left--)
        {
            if (source[candidate + best] == here[best])
            {
                var length = here.CommonPrefixLength(source.Slice(candidate, most));
                if (length > best)
                {
                    best = length;
                    distance = position - candidate;
                    if (length >= GoodEnough || length == most) break;
                }
            }
            var next = _before[candidate & (Window - 1)];
            if (next >= candidate) break;
            candidate = next;
        }
        return distance == 0 ? (0, 0) : (best, distance);
    }

    private void StartBlock()
    {
        _tokenCount = 0;
        _literalCounts.AsSpan().Clear();
        _distanceCounts.AsSpan().Clear();
        _literalCounts[EndOfBlock] = 1;
    }

    private void AddLiteral(byte value)
    {
        _tokens[_tokenCount++] = value;
        _literalCounts[value]++;
    }

    private void AddMatch(int length, int distance)
    {
        _tokens[_tokenCount++] = ((uint)length << 16) | (uint)distance;
        _literalCounts[EndOfBlock + 1 + s_lengthCode[length]]++;
        _distanceCounts[DistanceCode(distance)]++;
    }

    private void WriteBlock(ref BitWriter output, bool isLast)
    {
        _literals.Build(_literalCounts);
        _distances.Build(_distanceCounts);
        output.Write(isLast ? 1u : 0, 1);
        output.Write(2, 2); // "compressed with dynamic Huffman codes"
        WriteCodes(ref output);
        byte[] literalLengths = _literals.Lengths, distanceLengths = _distances.Lengths;
        ushort[] literalCodes = _literals.Codes, distanceCodes = _distances.Codes;
        foreach (var token in _tokens.AsSpan(0, _tokenCount))
        {
            if (token < 256)
            {
                output.Write(literalCodes[token], literalLengths[token]);
                continue;
            }
            int length = (int)(token >> 16), distance = (int)(token & 0xFFFF);
            int lengthCode = s_lengthCode[length], distanceCode = DistanceCode(distance);
            output.Write(literalCodes[EndOfBlock + 1 + lengthCode], literalLengths[EndOfBlock + 1 + lengthCode]);
            output.Write((uint)(length - s_lengthBase[lengthCode]), s_lengthBits[lengthCode]);
            output.Write(distanceCodes[distanceCode], distanceLengths[distanceCode]);
            if (distanceCode < 4) continue;
            var extra = (distanceCode >> 1) - 1;
            output.Write((uint)(distance - 1) & ((1u << extra) - 1), extra);
        }
        output.Write(literalCodes[EndOfBlock], literalLengths[EndOfBlock]);
        StartBlock();
    }

    /// <summary>Describes the codes by their lengths, in which runs are short; section 3.2.7.</summary>
    private void WriteCodes(ref BitWriter output)
    {
        var literals = LiteralSymbols;
        while (literals > EndOfBlock + 1 && _literals.Lengths[literals - 1] == 0) literals--;
        var distances = DistanceSymbols;
        while (distances > 1 && _distances.Lengths[distances - 1] == 0) distances--;
        Span<byte> all = stackalloc byte[literals + distances];
        _literals.Lengths.AsSpan(0, literals).CopyTo(all);
        _distances.Lengths.AsSpan(0, distances).CopyTo(all[literals..]);
        Span<int> counts = stackalloc int[LengthSymbols];
        counts.Clear();
        Span<ushort> runs = stackalloc ushort[all.Length]; // a symbol above what is added to it
        var runCount = 0;
        for (var i = 0; i < all.Length;)
        {
            var run = 1;
            while (i + run < all.Length && all[i + run] == all[i]) run++;
            int symbol = all[i], extra = 0, taken = 1;
            if (symbol == 0 && run >= 3)
            {
                taken = Math.Min(run, 138);
                (symbol, extra) = taken >= 11 ? (18, taken - 11) : (17, taken - 3);
            }
            else if (i > 0 && all[i - 1] == symbol && run >= 3)
            {
                taken = Math.Min(run, 6);
                (symbol, extra) = (16, taken - 3);
            }
            runs[runCount++] = (ushort)((symbol << 8) | extra);
            counts[symbol]++;
            i += taken;
        }
        _lengths.Build(counts);
        var lengths = LengthSymbols;
        while (lengths > 4 && _lengths.Lengths[s_lengthOrder[lengths - 1]] == 0) lengths--;
        output.Write((uint)(literals - 257), 5);
        output.Write((uint)(distances - 1), 5);
        output.Write((uint)(lengths - 4), 4);
        for (var i = 0; i < lengths; i++) output.Write(_lengths.Lengths[s_lengthOrder[i]], 3);
        foreach (var run in runs[..runCount])
        {
            var symbol = run >> 8;
            output.Write(_lengths.Codes[symbol], _lengths.Lengths[symbol]);
            output.Write(run & 0xFFu, symbol switch { 16 => 2, 17 => 3, 18 => 7, _ => 0 });
        }
    }
}
