namespace Mimus.Storage.Compression;

/// <summary>A code for symbols by how often they occur, with a bound for its length, numbered as section 3.2.2 of RFC 1951 says.</summary>
internal sealed class HuffmanCode(int symbols, int longest)
{
    private readonly int[] _order = new int[symbols], _weights = new int[symbols * 2], _parents = new int[symbols * 2], _keys = new int[symbols];

    public byte[] Lengths { get; } = new byte[symbols];

    /// <summary>The codes, in the order in which their bits are written.</summary>
    public ushort[] Codes { get; } = new ushort[symbols];

    public void Build(ReadOnlySpan<int> frequencies)
    {
        Lengths.AsSpan().Clear();
        var used = 0;
        for (var symbol = 0; symbol < frequencies.Length; symbol++)
        {
            if (frequencies[symbol] == 0) continue;
            _order[used] = symbol;
            _keys[used++] = frequencies[symbol];
        }
        // Decoders want a complete code, also for a single symbol.
        for (var symbol = 0; used < 2; symbol++)
        {
            if (used == 1 && _order[0] == symbol) continue;
            _order[used] = symbol;
            _keys[used++] = 1;
        }
        Array.Sort(_keys, _order, 0, used);
        Join(used);
        Span<int> counts = stackalloc int[longest + 1];
        CountLengths(used, counts);
        // The rarest symbols get the longest codes.
        var next = 0;
        for (var length = longest; length > 0; length--)
        {
            for (var i = 0; i < counts[length]; i++) Lengths[_order[next++]] = (byte)length;
        }
        Number(counts);
    }

    /// <summary>Makes a tree of the sorted symbols: leaves come first, then nodes, both from light to heavy.</summary>
    private void Join(int used)
    {
        for (var i = 0; i < used; i++) _weights[i] = _keys[i];
        int leaf = 0, node = used;
        for (var made = used; made < (used * 2) - 1; made++)
        {
            var sum = 0;
            for (var child = 0; child < 2; child++)
            {
                var lighter = leaf < used && (node >= made || _weights[leaf] <= _weights[node]) ? leaf++ : node++;
                sum += _weights[lighter];
                _parents[lighter] = made;
            }
            _weights[made] = sum;
        }
    }

    private void CountLengths(int used, Span<int> counts)
    {
        // From the root down; the weights are not needed any more, so depths take their place.
        counts.Clear();
        var root = (used * 2) - 2;
        _weights[root] = 0;
        for (var i = root - 1; i >= 0; i--)
        {
            _weights[i] = _weights[_parents[i]] + 1;
            if (i < used) counts[Math.Min(_weights[i], longest)]++;
        }
        // What was cut to the bound takes too much of the code: shorter ones are made longer until it fits.
        var total = 0;
        for (var length = 1; length <= longest; length++) total += counts[length] << (longest - length);
        while (total > 1 << longest)
        {
            var length = longest - 1;
            while (counts[length] == 0) length--;
            counts[length]--;
            counts[length + 1] += 2;
            counts[longest]--;
            total--;
        }
    }

    private void Number(ReadOnlySpan<int> counts)
    {
        Span<int> next = stackalloc int[longest + 1];
        var code = 0;
        for (var length = 1; length <= longest; length++)
        {
            next[length] = code;
            code = (code + counts[length]) << 1;
        }
        for (var symbol = 0; symbol < Lengths.Length; symbol++)
        {
            var length = Lengths[symbol];
            if (length == 0) continue;
            int bits = next[length]++, reversed = 0;
            for (var i = 0; i < length; i++) reversed |= (bits >> i & 1) << (length - 1 - i);
            Codes[symbol] = (ushort)reversed;
        }
    }
}
