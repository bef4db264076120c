using Mimus.Core.Cpus;
using Mimus.Translation.Ir;
using Mimus.Translation.X64;

namespace Mimus.Translation.Engine;

/// <summary>What is counted of one vCPU's translation. All of it is counted in C#: emitted code counts nothing for it.</summary>
internal sealed class TranslatorStatistics
{
    private readonly Dictionary<string, CallCounter> _calls = [];
    private readonly ulong[] _leaves = new ulong[Enum.GetValues<LeaveKind>().Length];
    private ulong _blocks, _regions, _regionBlocks, _guestInstructions, _operations, _codeBytes, _ticks, _entries;

    /// <summary>Why emitted code was left, as far as it matters to whoever wants it to stay there.</summary>
    private enum LeaveKind
    {
        Exit,
        Lookup,
        Attention,
        Hot,
        Trap,
        Interpret,
        DebugPoint,
        Limit,
    }

    /// <summary>All code was dropped so often.</summary>
    public ulong Flushes { get; set; }

    public ulong Linked { get; set; }

    /// <summary>Guest instructions that emitted code carried out.</summary>
    public ulong Translated { get; set; }

#pragma warning disable RS0030 // how long compiling takes is told to people, and to nothing in the machine
    public static long Now => System.Diagnostics.Stopwatch.GetTimestamp();

    private static ulong Frequency => (ulong)System.Diagnostics.Stopwatch.Frequency;
#pragma warning restore RS0030

    public void CountCompiled(IrUnit unit, bool isRegion, long codeBytes, long began)
    {
        _ticks += (ulong)(Now - began);
        if (isRegion)
        {
            _regions++;
            _regionBlocks += (ulong)unit.Blocks.Count;
        }
        else _blocks++;
        _guestInstructions += (ulong)unit.Guests.Count;
        _operations += (ulong)unit.Count;
        _codeBytes += (ulong)codeBytes;
    }

    /// <summary>Gives new sites, whose helpers are still the unit's, what counts their calls.</summary>
    public void AddSites(List<Site> sites, IrUnit unit)
    {
        foreach (var site in sites)
        {
            site.Counter = CounterOf(site.Kind switch
            {
                SiteKind.Call or SiteKind.TryCall => "calls of C#: helper " + unit.Helpers[site.Helper].Name,
                SiteKind.FloatCall => "calls of C#: floating point " + unit.FloatHelpers[site.Helper].Name,
                SiteKind.Load => "calls of C#: load",
                SiteKind.Store => "calls of C#: store",
                SiteKind.LoadReserved => "calls of C#: load-reserved",
                SiteKind.StoreConditional => "calls of C#: store-conditional",
                SiteKind.Atomic => "calls of C#: atomic",
                SiteKind.Trap => "calls of C#: trap",
                _ => "calls of C#: interpret",
            });
        }
    }

    public void CountRun(LeaveReason reason, int exit, bool wantsAttention, bool metDebugPoint, bool interprets, ulong retired)
    {
        _entries++;
        Translated += retired;
        _leaves[(int)(reason switch
        {
            LeaveReason.Hot => LeaveKind.Hot,
            LeaveReason.Limit => LeaveKind.Limit,
            LeaveReason.Done => metDebugPoint ? LeaveKind.DebugPoint : interprets ? LeaveKind.Interpret : LeaveKind.Trap,
            _ => exit >= 0 ? LeaveKind.Exit : wantsAttention ? LeaveKind.Attention : LeaveKind.Lookup,
        })]++;
    }

    public IReadOnlyList<EngineNumber> Read(long usedBytes, long memoryBytes, ulong interpreted)
    {
        List<EngineNumber> numbers =
        [
            new("blocks compiled", _blocks),
            new("regions compiled", _regions),
            new("blocks in regions", _regionBlocks),
            new("guest instructions compiled", _guestInstructions),
            new("IR operations", _operations),
            new("machine code made (bytes)", _codeBytes),
            new("time compiling (us)", _ticks * 1_000_000 / Frequency),
            new("code memory in use (bytes)", (ulong)usedBytes),
            new("code memory (bytes)", (ulong)memoryBytes),
            new("flushes of all code", Flushes),
            new("exits linked", Linked),
            new("instructions translated", Translated),
            new("instructions interpreted", interpreted),
            new("entries into code", _entries),
            new("left: exit to other code", _leaves[(int)LeaveKind.Exit]),
            new("left: code to be looked up", _leaves[(int)LeaveKind.Lookup]),
            new("left: interrupt or other attention", _leaves[(int)LeaveKind.Attention]),
            new("left: hot block", _leaves[(int)LeaveKind.Hot]),
            new("left: trap", _leaves[(int)LeaveKind.Trap]),
            new("left: instruction to be interpreted", _leaves[(int)LeaveKind.Interpret]),
            new("left: debug point", _leaves[(int)LeaveKind.DebugPoint]),
            new("left: limit of instructions", _leaves[(int)LeaveKind.Limit]),
        ];
        numbers.AddRange(_calls.Values.Where(c => c.Calls != 0).OrderBy(c => c.Name, StringComparer.Ordinal).Select(c => new EngineNumber(c.Name, c.Calls)));
        return numbers;
    }

    private CallCounter CounterOf(string name)
    {
        if (!_calls.TryGetValue(name, out var counter)) _calls.Add(name, counter = new CallCounter(name));
        return counter;
    }
}
