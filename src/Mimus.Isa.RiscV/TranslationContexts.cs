using Mimus.Isa.RiscV.Privileged;

namespace Mimus.Isa.RiscV;

/// <summary>
/// Gives small numbers to the circumstances under which addresses are translated: fifteen values of satp times sixteen
/// combinations of privilege, SUM and MXR, and sixteen more that all values of satp share.
/// </summary>
/// <remarks>
/// Machine mode translates nothing. What supervisor mode reaches without SUM is mostly the system's own and global: as long as all of it is,
/// its translations are the same in every address space and are remembered once. A page that is not global ends that until
/// all translations are forgotten anyway.
/// </remarks>
internal sealed class TranslationContexts
{
    /// <summary>Contexts with the same value of satp: they follow each other.</summary>
    public const int PerRoot = 16;

    /// <summary>The first of the contexts that all values of satp share.</summary>
    public const int FirstShared = RootCount * PerRoot;

    private const int RootCount = 15;

    /// <summary>A system that has had so many ends of sharing is one whose own pages are not global.</summary>
    private const int MostSharings = 16;

    private const int AddressSpaceShift = 44;
    private const int ModeShift = 60;

    private readonly ulong[] _roots = new ulong[RootCount];
    private readonly ulong[] _lastUses = new ulong[RootCount];
    private ulong _uses;
    private int _used = 1;
    private int _current;
    private ulong _sharedMode;
    private bool _sharesSupervisor = true;
    private int _sharingsEnded;

    /// <summary>The first context of the current value of satp.</summary>
    public int Current => _current * PerRoot;

    public void Clear()
    {
        Array.Clear(_roots);
        Array.Clear(_lastUses);
        _used = 1;
        _current = 0;
        // satp may become anything without a word, as where a state is restored.
        _sharedMode = 0;
        _sharesSupervisor = true;
        _sharingsEnded = 0;
    }

    /// <summary>All translations were forgotten.</summary>
    public void Forgotten() => _sharesSupervisor = _sharingsEnded < MostSharings;

    /// <summary>An address was translated by a page that is not global: it means something else in other address spaces.</summary>
    public void MetLocalPage(Privilege privilege, ulong mstatus)
    {
        if (!_sharesSupervisor || !IsSystemOnly(privilege, mstatus)) return;
        _sharesSupervisor = false;
        _sharingsEnded++;
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

    /// <summary>Whether what all address spaces share belongs to another mode of translation than that of a value of satp, which it gets now.</summary>
    public bool ChangesMode(ulong satp)
    {
        var mode = satp >> ModeShift;
        if (mode == 0 || mode == _sharedMode) return false;
        _sharedMode = mode;
        return true;
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
        var circumstances = (int)privilege | (int)((mstatus & (Mstatus.Sum | Mstatus.Mxr)) >> 16);
        if (privilege == Privilege.Machine || Shares(privilege, satp, mstatus)) return FirstShared | circumstances;
        if (_roots[_current] != satp) Use(satp);
        return (_current * PerRoot) | circumstances;
    }

    /// <summary>Whether all values of satp share the context of these circumstances, where they are not machine mode's.</summary>
    public bool Shares(Privilege privilege, ulong satp, ulong mstatus) => _sharesSupervisor && satp >> ModeShift != 0 && IsSystemOnly(privilege, mstatus);

    private static bool IsSystemOnly(Privilege privilege, ulong mstatus) => privilege == Privilege.Supervisor && (mstatus & Mstatus.Sum) == 0;
}
