using static Mimus.TestSupport.RiscV.PageTables;

namespace Mimus.TestSupport.RiscV.Generation;

/// <summary>A random address space: code, the trap handler, good pages, and pages of every kind of permission and malformation.</summary>
public sealed class PagedWindow
{
    private const ulong PageSize = 4096, NapotSize = 0x1_0000;
    private const int PageCount = 8;
    private const ulong Everything = Valid | Read | Write | Execute | Accessed | Dirty;

    private readonly Random _random;
    private readonly ulong _user;
    private readonly int _levels;
    private readonly ulong _window, _large;

    /// <summary>
    /// The window's last page leads to no memory. Atomic instructions and cache-block operations stay away from it: QEMU does not look
    /// for memory behind the latter, and for the former finds its absence before a missing permission. The page before it is invalid and
    /// the one behind it good, since an access to two pages may be done in part before it faults, and may report either.
    /// </summary>
    private bool _lastIsAbsent;

    public PagedWindow(Random random, bool isUser)
    {
        _random = random;
        _user = isUser ? User : 0;
        _levels = 3 + random.Next(3);
        Tables = new PageTables(_levels, Harness.Tables);
        // All within one gigabyte, so that few tables are needed; superpages have their own.
        var high = random.Next(2) == 0;
        var region = Canonical(OperandValues.Wide(random), high) & ~0x3fff_fffful;
        Code = region + 0x20_0000 + ((ulong)random.Next(8) * PageSize);
        SupervisorVector = region + 0x20_0000 + (32 * PageSize) + (Harness.SupervisorVector & 0xfff);
        _window = region + 0x20_0000 + ((64 + ((ulong)random.Next(4) * 16)) * PageSize);
        _large = region + 0x40_0000;
        MapCode();
        MapWindow();
        MapLarge();
    }

    public PageTables Tables { get; }

    public ulong Code { get; }

    public ulong SupervisorVector { get; }

    /// <summary>Points the pointers into the address space.</summary>
    public void Fill(RiscVSnapshot state)
    {
        state[CsrNumber.Satp] = Tables.Satp((ulong)_random.Next(1 << 16));
        state.X[Pointers.Stack] = _window + 0x400;
        state.X[Pointers.Good] = _window + 0x1800 + ((ulong)_random.Next(16) * 16);
        state.X[Pointers.GoodMisaligned] = _window + 0x808 + ((ulong)_random.Next(0x80) * 8) + 1 + (ulong)_random.Next(7);
        state.X[Pointers.Any] = _window + (ulong)_random.Next(PageCount * (int)PageSize);
        var page = (ulong)_random.Next(_lastIsAbsent ? PageCount - 1 : PageCount);
        state.X[Pointers.AnyAligned] = _window + (page * PageSize) + ((ulong)_random.Next((int)PageSize / 64) * 64);
        state.X[Pointers.PageEnd] = _window + ((ulong)_random.Next(1, PageCount) * PageSize) - (ulong)_random.Next(16);
        state.X[Pointers.Large] = _large + (ulong)_random.Next(0x4000) + (_random.Next(2) == 0 ? 0 : 0x20_0000 + (Harness.Window & 0x1f_ffff));
    }

    private ulong Canonical(ulong value, bool high)
    {
        var bits = 11 + (9 * _levels);
        var low = value & ((1ul << bits) - 1);
        return high ? low | (ulong.MaxValue << bits) : low;
    }

    private void MapCode()
    {
        for (var i = 0u; i < Harness.BlockPages; i++)
        {
            var flags = Valid | Execute | Accessed | _user;
            if (_random.Next(2) == 0) flags |= Read;
            Tables.Set(Code + (i * PageSize), 0, Leaf(Harness.Block + (i * PageSize), flags));
        }
        Tables.Set(SupervisorVector, 0, Leaf(Harness.Code, Valid | Read | Execute | Accessed | Dirty));
    }

    private void MapWindow()
    {
        // The first two allow everything, and so does the one behind the window. Several pages may be one page of memory.
        Tables.Set(_window + (PageCount * PageSize), 0, Leaf(Harness.Window, Everything | _user));
        for (var i = 0u; i < PageCount; i++)
        {
            var physical = Harness.Window + (i < 2 ? i * PageSize : (ulong)_random.Next(Harness.WindowPages) * PageSize);
            var flags = Everything | _user;
            if (i >= 2 && _random.Next(8) != 0) flags = Valid | ((ulong)_random.Next(256) & ~Valid);
            if (i >= 2 && _random.Next(4) == 0) flags = Spoil(flags);
            else if (i == PageCount - 1 && _random.Next(2) == 0)
            {
                physical |= (ulong)_random.Next(1, 16) << 48;
                _lastIsAbsent = true;
                Tables.Set(_window + ((i - 1) * PageSize), 0, 0);
            }
            Tables.Set(_window + (i * PageSize), 0, Leaf(physical, flags));
        }
    }

    /// <summary>Bits that need an extension or are reserved.</summary>
    private ulong Spoil(ulong flags) => _random.Next(5) switch
    {
        0 => flags & ~Valid,
        1 => flags | ((ulong)_random.Next(4) << 61),
        2 => flags | (1ul << _random.Next(54, 61)),
        // QEMU marks a malformed contiguous page as accessed and dirty before it faults; so it is marked already.
        3 => flags | Napot | Accessed | Dirty,
        _ => flags | (1ul << _random.Next(8, 10)),
    };

    private void MapLarge()
    {
        var flags = _random.Next(3) == 0 ? Valid | (ulong)_random.Next(256) : Everything | _user;
        // A table pointer here would make a page of data a table; that is for the tests that mean it.
        if ((flags & (Read | Execute)) == 0) flags |= Read;
        // 64 KiB in one, by sixteen entries that say the same.
        var contiguous = Leaf(Harness.Window & ~(NapotSize - 1), flags) | Napot | (8ul << 10);
        if (_random.Next(8) == 0) contiguous = (contiguous ^ (1ul << (10 + _random.Next(4)))) | Accessed | Dirty;
        for (ulong i = 0; i < NapotSize / PageSize; i++) Tables.Set(_large + (i * PageSize), 0, contiguous);
        // And two megabytes, sometimes not aligned.
        var super = Leaf(0x8000_0000 + (_random.Next(8) == 0 ? PageSize : 0), flags);
        Tables.Set(_large + 0x20_0000, 1, super);
    }
}
