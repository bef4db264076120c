using System.Buffers.Binary;

namespace Mimus.Storage.Compression;

/// <summary>Compressed blocks of a Zstandard frame, section 3.1.1.3 of RFC 8878, and what one hands on to the next.</summary>
internal sealed class ZstdBlock
{
    private const int LongestLiterals = 128 << 10;

    // "Literals_Length_Code" and "Match_Length_Code" of section 3.1.1.3.2.1.1: the first value of a code, and how many bits are added.
    private static readonly int[] s_literalBase =
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28, 32, 40, 48, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536];
    private static readonly byte[] s_literalBits =
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
    private static readonly int[] s_matchBase =
    [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34,
        35, 37, 39, 41, 43, 47, 51, 59, 67, 83, 99, 131, 259, 515, 1027, 2051, 4099, 8195, 16387, 32771, 65539,
    ];
    private static readonly byte[] s_matchBits =
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
    ];

    // The distributions of section 3.1.1.3.2.2.
    private static readonly FseTable s_standardLiterals = FseTable.Of(6,
        [4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1]);
    private static readonly FseTable s_standardMatches = FseTable.Of(6,
    [
        1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
    ]);
    private static readonly FseTable s_standardOffsets = FseTable.Of(5,
        [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1]);

    private readonly ZstdHuffman _huffman = new();
    private readonly byte[] _literals = new byte[LongestLiterals];
    private readonly int[] _recent = new int[3];
    private readonly FseTable _ownLiterals = new(), _ownOffsets = new(), _ownMatches = new();
    private FseTable? _literalTable, _offsetTable, _matchTable;
    private int _literalCount;

    public void StartFrame()
    {
        _huffman.Clear();
        (_literalTable, _offsetTable, _matchTable) = (null, null, null);
        (_recent[0], _recent[1], _recent[2]) = (1, 4, 8);
    }

    public bool Decode(ReadOnlySpan<byte> source, Span<byte> destination, int frameStart, ref int written)
    {
        var used = ReadLiterals(source);
        return used >= 0 && ReadSequences(source[used..], destination, frameStart, ref written);
    }

    private int ReadLiterals(ReadOnlySpan<byte> source)
    {
        if (source.IsEmpty) return -1;
        int type = source[0] & 3, format = source[0] >> 2 & 3;
        if (type < 2)
        {
            var headerLength = format switch { 1 => 2, 3 => 3, _ => 1 };
            if (source.Length < headerLength) return -1;
            _literalCount = format switch { 1 => U16(source) >> 4, 3 => (U16(source) | (source[2] << 16)) >> 4, _ => source[0] >> 3 };
            var length = type == 0 ? _literalCount : 1;
            if (_literalCount > LongestLiterals || length > source.Length - headerLength) return -1;
            if (type == 0) source.Slice(headerLength, length).CopyTo(_literals);
            else _literals.AsSpan(0, _literalCount).Fill(source[headerLength]);
            return headerLength + length;
        }
        var header = format switch { 2 => 4, 3 => 5, _ => 3 };
        var sizeBits = format switch { 2 => 14, 3 => 18, _ => 10 };
        if (source.Length < header) return -1;
        var bits = 0ul;
        for (var i = 0; i < header; i++) bits |= (ulong)source[i] << (8 * i);
        _literalCount = (int)(bits >> 4 & ((1ul << sizeBits) - 1));
        var compressed = (int)(bits >> (4 + sizeBits) & ((1ul << sizeBits) - 1));
        if (_literalCount > LongestLiterals || compressed > source.Length - header) return -1;
        var data = source.Slice(header, compressed);
        if (type == 2)
        {
            var tree = _huffman.Read(data);
            if (tree < 0) return -1;
            data = data[tree..];
        }
        else if (!_huffman.IsBuilt) return -1;
        var done = format == 0 ? _huffman.Decode(data, _literals.AsSpan(0, _literalCount)) : DecodeFourStreams(data);
        return done ? header + compressed : -1;
    }

    private bool DecodeFourStreams(ReadOnlySpan<byte> data)
    {
        if (data.Length < 6) return false;
        int first = U16(data), second = U16(data[2..]), third = U16(data[4..]), part = (_literalCount + 3) / 4;
        data = data[6..];
        if (first + second + third > data.Length || part * 3 > _literalCount) return false;
        var literals = _literals.AsSpan(0, _literalCount);
        return _huffman.Decode(data[..first], literals[..part])
            && _huffman.Decode(data.Slice(first, second), literals.Slice(part, part))
            && _huffman.Decode(data.Slice(first + second, third), literals.Slice(part * 2, part))
            && _huffman.Decode(data[(first + second + third)..], literals[(part * 3)..]);
    }

    private bool ReadSequences(ReadOnlySpan<byte> source, Span<byte> destination, int frameStart, ref int written)
    {
        if (source.IsEmpty) return false;
        int count = source[0], used = 1;
        if (count >= 128)
        {
            used = count == 255 ? 3 : 2;
            if (source.Length < used) return false;
            count = count == 255 ? U16(source[1..]) + 0x7F00 : ((count - 128) << 8) + source[1];
        }
        var literals = _literals.AsSpan(0, _literalCount);
        if (count == 0)
        {
            if (used != source.Length) return false;
            return Append(literals, destination, ref written);
        }
        if (source.Length < used + 1) return false;
        int modes = source[used++];
        if ((modes & 3) != 0
            || !Choose(modes >> 6, s_standardLiterals, _ownLiterals, ref _literalTable, 9, 36, source, ref used)
            || !Choose(modes >> 4 & 3, s_standardOffsets, _ownOffsets, ref _offsetTable, 8, 32, source, ref used)
            || !Choose(modes >> 2 & 3, s_standardMatches, _ownMatches, ref _matchTable, 9, 53, source, ref used))
        {
            return false;
        }
        var bits = new ReverseBits(source[used..]);
        if (!bits.IsValid) return false;
        FseTable literalTable = _literalTable!, offsetTable = _offsetTable!, matchTable = _matchTable!;
        int literalState = (int)bits.Read(literalTable.Log), offsetState = (int)bits.Read(offsetTable.Log), matchState = (int)bits.Read(matchTable.Log);
        for (var i = 0; i < count; i++)
        {
            int literalCode = literalTable.Symbol(literalState), offsetCode = offsetTable.Symbol(offsetState), matchCode = matchTable.Symbol(matchState);
            if (offsetCode > 30 || literalCode > 35 || matchCode > 52) return false;
            var offsetValue = (1 << offsetCode) + (int)bits.Read(offsetCode);
            var match = s_matchBase[matchCode] + (int)bits.Read(s_matchBits[matchCode]);
            var literal = s_literalBase[literalCode] + (int)bits.Read(s_literalBits[literalCode]);
            if (i + 1 < count)
            {
                literalState = literalTable.Next(literalState, ref bits);
                matchState = matchTable.Next(matchState, ref bits);
                offsetState = offsetTable.Next(offsetState, ref bits);
            }
            if (bits.Left < 0 || literal > literals.Length) return false;
            var distance = DistanceOf(offsetValue, literal);
            if (!Append(literals[..literal], destination, ref written)) return false;
            literals = literals[literal..];
            if (distance <= 0 || distance > written - frameStart || match > destination.Length - written) return false;
            CopyMatch(destination, written, distance, match);
            written += match;
        }
        return bits.Left == 0 && Append(literals, destination, ref written);
    }

    /// <summary>"Repeat Offsets", section 3.1.1.5.</summary>
    private int DistanceOf(int value, int literal)
    {
        if (value > 3)
        {
            (_recent[2], _recent[1], _recent[0]) = (_recent[1], _recent[0], value - 3);
            return _recent[0];
        }
        var index = value - 1 + (literal == 0 ? 1 : 0);
        var distance = index == 3 ? _recent[0] - 1 : _recent[index];
        if (index == 0) return distance;
        if (index > 1) _recent[2] = _recent[1];
        _recent[1] = _recent[0];
        return _recent[0] = distance;
    }

    private static void CopyMatch(Span<byte> destination, int at, int distance, int length)
    {
        if (distance >= length)
        {
            destination.Slice(at - distance, length).CopyTo(destination[at..]);
            return;
        }
        // What has been copied is a longer piece of the same pattern.
        var start = at - distance;
        for (var copied = 0; copied < length;)
        {
            var count = Math.Min(length - copied, distance + copied);
            destination.Slice(start, count).CopyTo(destination[(at + copied)..]);
            copied += count;
        }
    }

    private static bool Append(ReadOnlySpan<byte> literals, Span<byte> destination, ref int written)
    {
        if (literals.Length > destination.Length - written) return false;
        literals.CopyTo(destination[written..]);
        written += literals.Length;
        return true;
    }

    private static bool Choose(int mode, FseTable standard, FseTable own, ref FseTable? current, int largestLog, int symbols, ReadOnlySpan<byte> source, ref int used)
    {
        switch (mode)
        {
            case 0:
                current = standard;
                return true;
            case 1:
                if (used >= source.Length || source[used] >= symbols) return false;
                own.BuildSingle(source[used++]);
                break;
            case 2:
                var length = own.Read(source[used..], largestLog, symbols);
                if (length < 0) return false;
                used += length;
                break;
            default:
                return current is not null;
        }
        current = own;
        return true;
    }

    private static int U16(ReadOnlySpan<byte> source) => BinaryPrimitives.ReadUInt16LittleEndian(source);
}
