using Mimus.Engines.Tests.Nodes;
using Mimus.TestSupport.RiscV;
using Mimus.TestSupport.RiscV.Generation;

namespace Mimus.Engines.Tests.Programs;

/// <summary>Makes random programs.</summary>
internal sealed class ProgramGenerator
{
    private const int MaximumFunctions = 5;

    private readonly Random _random;
    private readonly ProgramOptions _options;
    private readonly int _seed;

    private ProgramGenerator(int seed, ProgramOptions options)
    {
        _seed = seed;
        _random = new Random(seed);
        _options = options;
    }

    public static RandomProgram Create(int seed, ProgramOptions options) => new ProgramGenerator(seed, options).Create();

    private RandomProgram Create()
    {
        var kind = _options.PickKind(_random);
        var hasControl = _random.Next(3) == 0;
        var isPermissive = _random.Next(2) == 0;
        var space = RandomState.HasTables(kind) ? new ProgramSpace(_random, kind, isPermissive) : new ProgramSpace();
        var state = new InitialState(_random, kind, space, _options, isPermissive);
        state.Fill();
        var data = state.CreateData();

        var movesPointers = !isPermissive || _random.Next(2) == 0;
        var parts = new PartGenerator(_random, kind, space, _options, hasControl, isPermissive, movesPointers);
        var functions = new List<Function>();
        var count = _random.Next(MaximumFunctions + 1);
        for (var i = count - 1; i >= 0; i--) functions.Insert(0, CreateFunction(parts.InFunction(), functions, i));
        var main = parts.InMain().Body(functions, 0, 40 + _random.Next(80));
        if (movesPointers) AddPointers(main, parts, space, isPermissive);
        if (_random.Next(4) != 0) main.Insert(0, parts.RestoreFloat());

        var iterations = (int)Math.Clamp(_options.Instructions / Math.Max(1, Node.CostOf(main)), _options.MinimumIterations, _options.MaximumIterations);
        return new RandomProgram
        {
            Seed = _seed, Kind = kind, Options = _options, Space = space, State = state.State, FurtherCsrs = state.FurtherCsrs,
            FloatStatus = _random.Next(12) == 0 ? 0 : (ulong)_random.Next(1, 4), Data = data,
            StartOffset = _random.Next(3) == 0 ? 0x1000 - (2 * _random.Next(100)) : 2 * _random.Next(0x200),
            Main = main, Functions = functions, Iterations = iterations,
        };
    }

    private Function CreateFunction(PartGenerator parts, List<Function> callees, int index)
    {
        var link = _random.Next(4) == 0 ? Registers.OtherLink : Registers.Link;
        var offset = _random.Next(2) == 0 ? 0 : (0x1000 * (1 + index)) + (2 * _random.Next(0x400)) - 0x400;
        if (_random.Next(4) == 0)
        {
            var depth = _random.Next(6) == 0 ? _random.Next(20, 100) : _random.Next(1, 8);
            List<Node> before = parts.Body(callees, 1, _random.Next(2, 8)), after = parts.Body(callees, 1, _random.Next(8));
            var function = new RecursiveFunction(index, link, parts.Slot(), offset, before, after, parts.Free(), depth);
            // What it calls at every depth may be long.
            while (function.Cost > 400 && function.Depth > 1) function.Depth /= 2;
            return function;
        }
        var body = parts.Body(callees, 1, _random.Next(3, 30));
        return new Function(index, link, parts.Slot(), offset, body, _random.Next(3) == 0 ? parts.Free() : null);
    }

    /// <summary>Pointers that other iterations point elsewhere; the streams of their loops begin here.</summary>
    private void AddPointers(List<Node> main, PartGenerator parts, ProgramSpace space, bool isPermissive)
    {
        var size = (isPermissive ? 4u : (ulong)space.WindowSize) * ProgramLayout.PageSize;
        main.Insert(0, new PointerNode(Pointers.Any, parts.Free(), space.Window + (ulong)_random.Next(8), (ulong)_random.Next(1, 3000), size - 1));
        main.Insert(0, new PointerNode(Pointers.PageEnd, parts.Free(), space.Window + 0xff0, 0x1000 + (ulong)_random.Next(1, 9), (size / 2 - 1) & 0xf00f));
        main.Insert(0, new PointerNode(Pointers.AnyAligned, parts.Free(), space.Window, 64 * (ulong)_random.Next(1, 200), (size - 1) & ~63ul));
    }
}
