using System.Globalization;
using Mimus.Core.Diagnostics;

namespace Mimus.Control.Monitor;

/// <summary>All commands, one row each.</summary>
internal static class MonitorCommands
{
    public static IReadOnlyList<MonitorCommand> All { get; } =
    [
        new(["help", "?"], "[COMMAND]", "show the commands", Help),
        new(["info"], "[SUBJECT]", "tell about the machine; without a subject, the subjects", InfoCommands.Run),
        new(["stop", "s"], "", "pause the machine", (m, _) => m.Vm.Pause()),
        new(["cont", "c"], "", "let the machine go on", (m, _) => m.Vm.Resume()),
        new(["system_reset"], "", "reset the machine", (m, _) => m.Vm.Reset()),
        new(["system_powerdown"], "", "press the power button", (m, _) => PowerButton.Press(m.Vm)),
        new(["screendump"], "FILE [-f png|ppm]", "write a picture of the screen to a file; without a format, as the file's name says", DumpScreen),
        new(["quit", "q"], "", "end the machine and the program", (m, _) => m.Context.Quit(0)),
        new(["savevm"], "FILE", "save the whole machine to a file", Save, TakesTime: true),
        new(["loadvm"], "FILE", "go on with the machine saved in a file", Load),
        new(["cpu"], "INDEX", "choose the processor that the following commands look at", ChooseCpu),
        new(["x"], "/FMT ADDRESS", "dump memory at a virtual address; FMT is a count, a format (x d u o c) and a size (b h w g)", (m, a) => MemoryDump.Run(m, a, isVirtual: true)),
        new(["xp"], "/FMT ADDRESS", "dump memory at a physical address", (m, a) => MemoryDump.Run(m, a, isVirtual: false)),
        new(["print", "p"], "/FMT EXPRESSION", "show the value of numbers and $registers with + and - between them", Print),
        new(["log"], "ITEM[,ITEM]|none", "choose what is written to the log", Log),
    ];

    public static MonitorCommand? Find(string name) => All.FirstOrDefault(c => c.Names.Contains(name));

    private static void Help(MonitorSession monitor, string argument)
    {
        foreach (var command in All)
        {
            if (argument.Length > 0 && !command.Names.Contains(argument)) continue;
            monitor.Say($"{string.Join('|', command.Names)}{(command.Arguments.Length > 0 ? " " : "")}{command.Arguments} -- {command.Help}");
        }
        if (argument == "log")
        {
            foreach (var (name, _, help) in LogItemNames.All) monitor.Say($"  {name,-15} {help}");
        }
    }

    private static void Save(MonitorSession monitor, string path)
    {
        if (path.Length == 0) throw new FormatException("savevm needs the name of a file");
        // The name appears with the last byte, so a file that is cut short never looks like a snapshot.
        var unfinished = path + ".part";
        using (var file = File.Create(unfinished)) monitor.Vm.Save(file);
        File.Move(unfinished, path, overwrite: true);
    }

    private static void Load(MonitorSession monitor, string path)
    {
        if (path.Length == 0) throw new FormatException("loadvm needs the name of a file");
        using var file = File.OpenRead(path);
        monitor.Vm.Load(file);
    }

    private static void DumpScreen(MonitorSession monitor, string argument)
    {
        var words = argument.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var option = Array.IndexOf(words, "-f");
        var (file, format) = (words, option) switch
        {
            ([var only], < 0) => (only, ScreenDump.FormatOf(only)),
            ([var first, _, var wanted], 1) => (first, wanted),
            ([_, var wanted, var last], 0) => (last, wanted),
            _ => throw new FormatException("screendump needs the name of a file, and perhaps -f png or -f ppm"),
        };
        ScreenDump.Write(monitor.Vm, file, format);
    }

    private static void ChooseCpu(MonitorSession monitor, string argument)
    {
        if (!int.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index >= monitor.Vm.Machine.Cpus.Count)
            throw new FormatException($"the processors are 0 to {monitor.Vm.Machine.Cpus.Count - 1}");
        monitor.CurrentCpu = index;
    }

    private static void Print(MonitorSession monitor, string argument)
    {
        var format = DumpFormat.TakeFrom(ref argument, new DumpFormat(1, 'd', 8));
        var value = 0ul;
        monitor.Vm.WhileResting(() => value = Expression.Evaluate(argument, monitor.Debug));
        monitor.Say(format.Show(value));
    }

    private static void Log(MonitorSession monitor, string argument) =>
        monitor.Vm.Machine.Log.Items = argument.Length == 0 ? LogItems.None : LogItemNames.Parse("log", argument);
}
