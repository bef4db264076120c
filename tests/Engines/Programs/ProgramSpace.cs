using Mimus.Engines.Tests.Machines;
using Mimus.TestSupport.RiscV;
using Mimus.TestSupport.RiscV.Generation;
using static Mimus.TestSupport.RiscV.PageTables;

namespace Mimus.Engines.Tests.Programs;

/// <summary>
/// The addresses by which a program reaches its parts: the physical ones, or those of two random address spaces that share all but the
/// window, whose pages lie elsewhere and have other permissions.
/// </summary>
internal sealed class ProgramSpace
{
    private const ulong Page = ProgramLayout.PageSize;
    private const ulong Everything = Valid | Read | Write | Accessed | Dirty;
    private const int VirtualWindowPages = 16, GoodPages = 4;

    private readonly PageTables[] _tables = [];
    private readonly ulong _user;

    /// <summary>Physical addresses.</summary>
    public ProgramSpace()
    {
        Code = ProgramLayout.Code;
        CodeForSupervisor = ProgramLayout.Code;
        SupervisorVector = ProgramLayout.SupervisorCode;
        SupervisorData = ProgramLayout.SupervisorData;
        SupervisorLog = ProgramLayout.SupervisorLog;
        Frame = ProgramLayout.Frame;
        Window = ProgramLayout.Window;
        Device = ProbeDevice.Address;
        Large = ProgramLayout.Window;
        Unmapped = ProgramLayout.RamEnd;
        BadTargets = [ProbeDevice.Address, 0, 1ul << 40];
    }

    /// <summary>Page tables of random depth at a random place.</summary>
    /// <param name="random">Chooses.</param>
    /// <param name="kind">Who uses them.</param>
    /// <param name="permissive">All of the window may be read and written.</param>
    public ProgramSpace(Random random, BlockKind kind, bool permissive)
    {
        var levels = 3 + random.Next(3);
        _user = kind == BlockKind.PagedSupervisor ? 0 : User;
        IsPaged = true;
        // All within one gigabyte, so that few tables are needed, and nearly all within two megabytes.
        var bits = 11 + (9 * levels);
        var region = OperandValues.Wide(random) & ((1ul << bits) - 1) & ~0x3fff_fffful;
        if (random.Next(2) == 0) region |= ulong.MaxValue << bits;
        var start = region + 0x20_0000;
        Code = start;
        SupervisorVector = start + 0x2_0000;
        SupervisorData = start + 0x2_1000;
        SupervisorLog = start + 0x2_4000;
        Frame = start + 0x3_0000;
        var alias = start + 0x4_0000;
        CodeForSupervisor = start + 0x6_0000;
        Device = start + 0x8_0000;
        Window = start + 0x10_0000;
        Unmapped = Window + (VirtualWindowPages * Page);
        TablesForSupervisor = start + 0x18_0000;
        Large = region + 0x40_0000 + (ProgramLayout.Window & 0x1f_ffff);
        var firstAsid = random.Next(1, 1 << 15);
        _tables = [new PageTables(levels, ProgramLayout.Tables), new PageTables(levels, ProgramLayout.OtherTables)];
        Satp = [_tables[0].Satp((ulong)firstAsid), _tables[1].Satp((ulong)(firstAsid + random.Next(1, 3)))];
        Asids = [firstAsid, (int)(Satp[1] >> 44) & 0xffff];

        var global = random.Next(3) == 0 ? Global : 0;
        const ulong Executable = Valid | Read | Execute | Accessed;
        MapBoth(start, ProgramLayout.Code, ProgramLayout.CodePages, Executable | _user | global);
        MapBoth(start + (ProgramLayout.CodePages * Page), ProgramLayout.Changing, 1, Executable | _user);
        MapBoth(alias, ProgramLayout.Code, ProgramLayout.CodePages + 1, Everything | _user | global);
        MapBoth(CodeForSupervisor, ProgramLayout.Code, ProgramLayout.CodePages + 1, Everything | global);
        MapBoth(SupervisorVector, ProgramLayout.SupervisorCode, 1, Valid | Read | Execute | Accessed | global);
        MapBoth(SupervisorData, ProgramLayout.SupervisorData, 1, Everything | global);
        MapBoth(SupervisorLog, ProgramLayout.SupervisorLog, ProgramLayout.LogPages, Everything);
        MapBoth(Frame, ProgramLayout.Frame, 2 + ProgramLayout.StackPages, Everything | _user);
        MapBoth(Device, ProbeDevice.Address, 1, Everything | _user);
        MapBoth(TablesForSupervisor, ProgramLayout.Tables, ProgramLayout.TablePages, Everything);
        MapBoth(TablesForSupervisor + 0x4_0000, ProgramLayout.OtherTables, ProgramLayout.TablePages, Everything);
        foreach (var tables in _tables)
        {
            tables.Set(Large, 1, Leaf(ProgramLayout.MachineCode, Everything | _user));
            MapWindow(tables, random, permissive);
        }

        if (kind == BlockKind.MachineAsUser)
        {
            CodeAsData = alias - ProgramLayout.Code;
            Code = ProgramLayout.Code;
            BadTargets = [ProbeDevice.Address, 0, 1ul << 40];
        }
        else
        {
            CodeAsData = alias - start;
            BadTargets = [Window, Device, Unmapped, Unmapped ^ (1ul << 62)];
        }
    }

    public bool IsPaged { get; }

    public IReadOnlyList<ulong> Satp { get; } = [];

    public IReadOnlyList<int> Asids { get; } = [];

    /// <summary>Where the program runs.</summary>
    public ulong Code { get; }

    /// <summary>What is to be added to an address of the code to read and write it.</summary>
    public ulong CodeAsData { get; }

    /// <summary>Where the handler in supervisor mode reads the code.</summary>
    public ulong CodeForSupervisor { get; }

    public ulong SupervisorVector { get; }

    public ulong SupervisorData { get; }

    public ulong SupervisorLog { get; }

    /// <summary>Three pages for the program itself: see <see cref="ProgramLayout"/>.</summary>
    public ulong Frame { get; }

    public ulong Stack => Frame + (ProgramLayout.Stack - ProgramLayout.Frame);

    public ulong Constants => Frame + (ProgramLayout.Constants - ProgramLayout.Frame);

    /// <summary>Pages for loads and stores; the first four allow both.</summary>
    public ulong Window { get; }

    /// <summary>The window by way of a large page.</summary>
    public ulong Large { get; }

    /// <summary>Behind the window, where nothing is for a long way.</summary>
    public ulong Unmapped { get; }

    public ulong Device { get; }

    /// <summary>Addresses that cannot be fetched from.</summary>
    public IReadOnlyList<ulong> BadTargets { get; }

    /// <summary>Where supervisor mode reaches the tables.</summary>
    public ulong TablesForSupervisor { get; }

    /// <summary>How many pages the window has.</summary>
    public int WindowSize => IsPaged ? VirtualWindowPages : ProgramLayout.WindowPages;

    /// <summary>The tables' pages.</summary>
    public IEnumerable<(ulong Address, byte[] Page)> Pages => _tables.Zip([ProgramLayout.Tables, ProgramLayout.OtherTables])
        .SelectMany(t => t.First.Pages.Select((page, i) => (t.Second + ((ulong)i * Page), page)));

    /// <summary>The physical address of the entry of a page in one of the two spaces, and what it is at the start.</summary>
    public (ulong Address, ulong Value) Entry(int space, ulong page) => (_tables[space].EntryAddress(page, 0), _tables[space].Get(page, 0));

    private void MapBoth(ulong address, ulong physical, int pages, ulong flags)
    {
        for (ulong i = 0; i < (ulong)pages; i++)
        {
            foreach (var tables in _tables) tables.Set(address + (i * Page), 0, Leaf(physical + (i * Page), flags));
        }
    }

    private void MapWindow(PageTables tables, Random random, bool permissive)
    {
        for (ulong i = 0; i < VirtualWindowPages; i++)
        {
            var physical = ProgramLayout.Window + (i < GoodPages ? i : (ulong)random.Next(ProgramLayout.WindowPages)) * Page;
            var flags = Everything | _user;
            if (i >= GoodPages && !permissive)
            {
                flags = random.Next(6) switch
                {
                    0 => Valid | Read | Accessed | Dirty | _user,
                    1 => 0,
                    2 => Valid | Execute | Accessed | _user,
                    3 => Valid | Accessed | (ulong)random.Next(256),
                    4 => Everything | (_user ^ User),
                    _ => flags,
                };
            }
            tables.Set(Window + (i * Page), 0, Leaf(physical, flags));
        }
    }
}
