using Mimus.Boards;
using Mimus.Cli.Consoles;
using Mimus.Core.Backends;
using Mimus.Core.Timing;

namespace Mimus.Cli.Running;

/// <summary>The consoles of a run, and who shares which.</summary>
internal sealed class ConsoleSet : IDisposable
{
    private readonly Dictionary<string, IConsole> _consoles = [];
    private readonly Dictionary<string, ConsoleMultiplexer> _multiplexers = [];
    private readonly HashSet<string> _taken = [];

    private ConsoleSet()
    {
    }

    /// <summary>Standard input and output, when the run uses them.</summary>
    public StandardConsole? Standard { get; private set; }

    public static ConsoleSet Create(RunPlan plan)
    {
        var set = new ConsoleSet();
        try
        {
            foreach (var console in plan.Consoles) set.Add(console, plan.Escape);
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    /// <summary>Gives a console to one more user; only a shared one may have several.</summary>
    public IConsole Use(string id)
    {
        if (_multiplexers.TryGetValue(id, out var shared)) return shared.AddUser();
        if (!_consoles.TryGetValue(id, out var console))
            throw new ConfigurationException($"there is no character device '{id}'{Suggestion.For(id, _consoles.Keys)}; define it with -chardev BACKEND,id={id}");
        return _taken.Add(id) ? console
            : throw new ConfigurationException($"character device '{id}' has two users; give it mux=on to share it");
    }

    /// <summary>All that devices may name, each taken when a device really asks for it.</summary>
    public Dictionary<string, IConsole> UseForDevices(IEnumerable<string> ids) => ids.Distinct().Where(_consoles.ContainsKey).ToDictionary(id => id, Use);

    public void Start(EventLoop loop, Action quit, Action flushDisks)
    {
        foreach (var shared in _multiplexers.Values)
        {
            shared.Quit = quit;
            shared.FlushDisks = flushDisks;
            shared.Start(loop);
        }
        foreach (var console in _consoles.Values.OfType<HostConsole>()) console.Start(loop);
    }

    /// <summary>Tells the command channels how to end the machine.</summary>
    public void ConnectPowerOff(Action<int> powerOff)
    {
        foreach (var console in _consoles.Values.OfType<TestDeviceConsole>()) console.PowerOff = powerOff;
    }

    public void Dispose()
    {
        foreach (var console in _consoles.Values.OfType<IDisposable>()) console.Dispose();
    }

    private void Add(ConsolePlan plan, char escape)
    {
        var console = Open(plan);
        _consoles.Add(plan.Id, console);
        if (plan.IsShared) _multiplexers.Add(plan.Id, new ConsoleMultiplexer(console, escape));
    }

    private IConsole Open(ConsolePlan plan)
    {
        switch (plan.Kind)
        {
            case ConsoleKind.Standard:
                if (Standard is not null) throw new ConfigurationException("standard input and output are used twice; share one '-chardev stdio,id=ID,mux=on'");
                return Standard = new StandardConsole(plan.KeepsSignals);
            case ConsoleKind.File:
                return OpenFile(plan.Path!, plan.Appends);
            case ConsoleKind.Socket:
                return new SocketConsole(plan);
            case ConsoleKind.TestDevice:
                return new TestDeviceConsole();
            default:
                return NullConsole.Instance;
        }
    }

    private static FileConsole OpenFile(string path, bool append)
    {
        try
        {
            return new FileConsole(path, append);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"cannot write console output to '{path}': {e.Message}");
        }
    }
}
