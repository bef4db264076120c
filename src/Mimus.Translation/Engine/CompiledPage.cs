namespace Mimus.Translation.Engine;

/// <summary>
/// The code that was compiled from one page of guest memory. Nearly always a page is seen at one virtual address, whose code is in a table
/// that grows with what is in it; that of others is in a dictionary.
/// </summary>
internal sealed class CompiledPage(ulong firstPc)
{
    private const ulong PageMask = ~0xffful;
    private const int FirstCapacity = 8;

    private readonly ulong _page = firstPc & PageMask;

    /// <summary>Places in the page, from 1 on; an empty one is 0. An address is looked for from its hash on.</summary>
    private ushort[] _places = new ushort[FirstCapacity];
    private nint[] _codes = new nint[FirstCapacity];
    private int _count;
    private Dictionary<ulong, nint>? _elsewhere;

    /// <summary>The code of an address, or 0.</summary>
    public nint Find(ulong pc)
    {
        if ((pc & PageMask) == _page) return _codes[Search(PlaceOf(pc))];
        return _elsewhere is not null && _elsewhere.TryGetValue(pc, out var code) ? code : 0;
    }

    public void Add(ulong pc, nint code)
    {
        if ((pc & PageMask) != _page) (_elsewhere ??= [])[pc] = code;
        else Add(PlaceOf(pc), code);
    }

    private static ushort PlaceOf(ulong pc) => (ushort)((pc & ~PageMask) + 1);

    private void Add(ushort place, nint code)
    {
        var at = Search(place);
        if (_places[at] == 0)
        {
            if (++_count > _places.Length * 3 / 4)
            {
                Grow();
                at = Search(place);
            }
            _places[at] = place;
        }
        _codes[at] = code;
    }

    private int Search(ushort place)
    {
        var mask = _places.Length - 1;
        var at = place & mask;
        while (_places[at] != place && _places[at] != 0) at = (at + 1) & mask;
        return at;
    }

    private void Grow()
    {
        var (places, codes) = (_places, _codes);
        _places = new ushort[places.Length * 2];
        _codes = new nint[places.Length * 2];
        for (var i = 0; i < places.Length; i++)
        {
            if (places[i] == 0) continue;
            var at = Search(places[i]);
            _places[at] = places[i];
            _codes[at] = codes[i];
        }
    }
}
