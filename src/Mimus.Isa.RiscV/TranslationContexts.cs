using Mimus.Isa.RiscV.Privileged;

namespace Mimus.Isa.RiscV;

/// <summary>
/// Gives small numbers to the circumstances under which addresses are translated: sixteen values of satp times sixteen
/// combinations of privilege, SUM and MXR.
/// </summary>
internal sealed class TranslationContexts
{
    private const int RootCount = 16;

    private readonly ulong[] _roots = new ulong[RootCount];
    private int _used = 1;
    private int _next;
    private int _current;

    public void Clear()
    {
        Array.Clear(_roots);
        _used = 1;
        _next = 0;
        _current = 0;
    }

    /// <summary>Makes a value of satp the current one; true when its number had another meaning before.</summary>
    public bool Use(ulong satp)
    {
        for (var i = 0; i < _used; i++)
        {
            if (_roots[i] != satp) continue;
            _current = i;
            return false;
        }
        if (_used < RootCount)
        {
            _current = _used++;
            _roots[_current] = satp;
            return false;
        }
        _next = (_next + 1) % RootCount;
        _current = _next;
        _roots[_current] = satp;
        return true;
    }

    public int Number(Privilege privilege, ulong satp, ulong mstatus)
    {
        if (_roots[_current] != satp) Use(satp);
        return (_current << 4) | (int)privilege | (int)((mstatus & (Mstatus.Sum | Mstatus.Mxr)) >> 16);
    }
}
