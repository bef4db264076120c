using Mimus.Isa.RiscV.Privileged;

namespace Mimus.Isa.RiscV;

/// <summary>
/// Gives small numbers to the circumstances under which addresses are translated: sixteen values of satp times sixteen
/// combinations of privilege, SUM and MXR.
/// </summary>
internal sealed class TranslationContexts
{
    /// <summary>Contexts with the same value of satp: they follow each other.</summary>
    public const int PerRoot = 16;

    private const int RootCount = 16;
    private const int AddressSpaceShift = 44;

    private readonly ulong[] _roots = new ulong[RootCount];
    private readonly ulong[] _lastUses = new ulong[RootCount];
    private ulong _uses;
    private int _used = 1;
    private int _current;

    /// <summary>The first context of the current value of satp.</summary>
    public int Current => _current * PerRoot;

    public void Clear()
    {
        Array.Clear(_roots);
        Array.Clear(_lastUses);
        _used = 1;
        _current = 0;
    }

    /// <summary>Makes a value of satp the current one; true when its contexts had another meaning before.</summary>
    public bool Use(ulong satp)
    {
        var replaces = false;
        var found = _roots.AsSpan(0, _used).IndexOf(satp);
        if (found < 0)
        {
            replaces = _used == RootCount;
            // Of processes that start and end all the time each needs one for a moment; those that stay keep theirs.
            found = replaces ? Array.IndexOf(_lastUses, _lastUses.Min()) : _used++;
            _roots[found] = satp;
        }
        _current = found;
        _lastUses[found] = ++_uses;
        return replaces;
    }

    /// <summary>The next root from a number on that belongs to an address-space identifier, and the first of its contexts.</summary>
    public bool TryFindAddressSpace(ulong identifier, ref int from, out int firstContext)
    {
        for (; from < _used; from++)
        {
            if ((ushort)(_roots[from] >> AddressSpaceShift) != (ushort)identifier) continue;
            firstContext = from * PerRoot;
            return true;
        }
        firstContext = 0;
        return false;
    }

    public int Number(Privilege privilege, ulong satp, ulong mstatus)
    {
        if (_roots[_current] != satp) Use(satp);
        return (_current * PerRoot) | (int)privilege | (int)((mstatus & (Mstatus.Sum | Mstatus.Mxr)) >> 16);
    }
}
