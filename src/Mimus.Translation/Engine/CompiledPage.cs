namespace Mimus.Translation.Engine;

/// <summary>
/// The code that was compiled from one page of guest memory. Nearly always a page is seen at one virtual address, whose code is in a table;
/// that of others is in a dictionary.
/// </summary>
internal sealed class CompiledPage(ulong firstPc)
{
    private const ulong PageMask = ~0xffful;

    private readonly ulong _page = firstPc & PageMask;
    private readonly ushort[] _numbers = new ushort[2048];
    private readonly List<nint> _codes = [0];
    private Dictionary<ulong, nint>? _elsewhere;

    /// <summary>The code of an address, or 0.</summary>
    public nint Find(ulong pc)
    {
        if ((pc & PageMask) == _page) return _codes[_numbers[(int)(pc & ~PageMask) >> 1]];
        return _elsewhere is not null && _elsewhere.TryGetValue(pc, out var code) ? code : 0;
    }

    public void Add(ulong pc, nint code)
    {
        if ((pc & PageMask) != _page)
        {
            (_elsewhere ??= [])[pc] = code;
            return;
        }
        ref var number = ref _numbers[(int)(pc & ~PageMask) >> 1];
        if (number == 0)
        {
            number = (ushort)_codes.Count; // one an address at most
            _codes.Add(code);
        }
        else _codes[number] = code;
    }
}
