using System.Runtime.CompilerServices;
using Mimus.Core.Cpus;
using Mimus.Translation.Ir;
using Mimus.Translation.X64;

namespace Mimus.Translation.Engine;

/// <summary>What is counted of one vCPU's translation. All of it is counted in C#: emitted code counts nothing for it.</summary>
internal sealed class TranslatorStatistics
{
    private readonly ulong[] _calls = new ulong[(int)SiteKind.Call];
    private readonly ulong[] _leaves = new ulong[(int)LeaveKind.DebugPoint + 1];
    private ulong[] _helperCalls = [], _floatHelperCalls = [];
    private ulong _blocks, _regions, _regionBlocks, _guestInstructions, _operations, _codeBytes, _ticks, _regionTicks, _entries;

    /// <summary>Why emitted code was left, as far as it matters to whoever wants it to stay there.</summary>
    private enum LeaveKind
    {
        Exit,
        Lookup,
        Attention,
        Hot,
        Trap,
        Interpret,
        Limit,
        DebugPoint,
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
        var ticks = (ulong)(Now - began);
        _ticks += ticks;
        if (isRegion)
        {
            _regionTicks += ticks;
            _regions++;
            _regionBlocks += (ulong)unit.Blocks.Count;
        }
        else _blocks++;
        _guestInstructions += (ulong)unit.Guests.Count;
        _operations += (ulong)unit.Count;
        _codeBytes += (ulong)codeBytes;
    }

    /// <summary>Emitted code called C# for a site.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CountCall(in Site site)
    {
        if (site.Kind < SiteKind.Call) _calls[(int)site.Kind]++;
        else CountHelper(site);
    }

    private void CountHelper(in Site site)
    {
        if (site.Kind == SiteKind.FloatCall) Count(ref _floatHelperCalls, site.Helper);
        else Count(ref _helperCalls, site.Helper);
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

    /// <param name="helpers">What the numbers of helpers mean; null when nothing was compiled.</param>
    public IReadOnlyList<EngineNumber> Read(long usedBytes, long memoryBytes, ulong interpreted, IrUnit? helpers)
    {
        List<EngineNumber> numbers =
        [
            new("blocks compiled", _blocks),
            new("regions compiled", _regions),
            new("blocks in regions", _regionBlocks),
            new("guest instructions compiled", _guestInstructions),
            new("IR operations", _operations),
            new("machine code made (bytes)", _codeBytes),
            new("time compiling (us)", Microseconds(_ticks)),
            new("time compiling regions (us)", Microseconds(_regionTicks)),
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
        if (helpers is not null) numbers.AddRange(Calls(helpers));
        return numbers;
    }

    private static ulong Microseconds(ulong ticks) => ticks * 1_000_000 / Frequency;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Count(ref ulong[] calls, int helper)
    {
        if (helper >= calls.Length) Array.Resize(ref calls, helper + 16);
        calls[helper]++;
    }

    private static string Describe(SiteKind kind) => kind switch
    {
        SiteKind.Load => "load",
        SiteKind.LoadForUpdate => "load for update",
        SiteKind.Store => "store",
        SiteKind.LoadReserved => "load-reserved",
        SiteKind.StoreConditional => "store-conditional",
        SiteKind.Atomic => "atomic",
        SiteKind.VectorLoad => "vector load",
        SiteKind.VectorStore => "vector store",
        SiteKind.CompareExchange => "compare and exchange",
        SiteKind.Trap => "trap",
        SiteKind.Interpret => "interpret",
        SiteKind.Refresh => "refresh",
        _ => "refresh and jump",
    };

    /// <summary>What C# was called for, by name.</summary>
    private IEnumerable<EngineNumber> Calls(IrUnit helpers)
    {
        List<EngineNumber> calls = [];
        for (var kind = SiteKind.Load; kind < SiteKind.Call; kind++) Add(Describe(kind), _calls[(int)kind]);
        for (var i = 0; i < _helperCalls.Length && i < helpers.Helpers.Count; i++) Add("helper " + helpers.Helpers[i].Name, _helperCalls[i]);
        for (var i = 0; i < _floatHelperCalls.Length && i < helpers.FloatHelpers.Count; i++) Add("floating point " + helpers.FloatHelpers[i].Name, _floatHelperCalls[i]);
        return calls.OrderBy(c => c.Name, StringComparer.Ordinal);

        void Add(string name, ulong count)
        {
            if (count != 0) calls.Add(new EngineNumber("calls of C#: " + name, count));
        }
    }
}
