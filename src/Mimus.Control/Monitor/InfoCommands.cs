using Mimus.Boards;

namespace Mimus.Control.Monitor;

/// <summary>The subjects of <c>info</c>, one row each.</summary>
internal static class InfoCommands
{
    private static readonly (string Name, string Help, Action<MonitorSession, string> Run)[] s_subjects =
    [
        ("status", "whether the machine runs", (m, _) => m.Say($"VM status: {(m.Vm.State == VmState.Running ? "running" : "paused")}")),
        ("cpus", "the processors and where they are", Cpus),
        ("registers", "the current processor's registers; -a for those of all", Registers),
        ("jit", "what the engine has translated, and how much of the time it stays in its code", EngineReport.Run),
        ("exits", "why and how often processors left guest code, and for how long; -h for histograms", ExitReport.Run),
        ("mtree", "the map of physical addresses", MemoryMap),
        ("block", "the disks", (m, _) => List(m, m.Context.Disks)),
        ("chardev", "the consoles", (m, _) => List(m, m.Context.Consoles)),
        ("name", "the machine's name", (m, _) => m.Say(m.Context.MachineName ?? "")),
        ("version", "the version", (m, _) => m.Say(m.Context.Version)),
    ];

    public static void Run(MonitorSession monitor, string argument)
    {
        var words = argument.Split(' ', 2);
        if (words[0].Length == 0)
        {
            foreach (var (name, help, _) in s_subjects) monitor.Say($"info {name} -- {help}");
            return;
        }
        var subject = s_subjects.FirstOrDefault(s => s.Name == words[0]);
        if (subject.Name is null)
            throw new FormatException($"there is no subject '{words[0]}'{Suggestion.For(words[0], s_subjects.Select(s => s.Name))}; 'info' lists all");
        monitor.Vm.WhileResting(() => subject.Run(monitor, words.Length > 1 ? words[1].Trim() : ""));
    }

    private static void Cpus(MonitorSession monitor, string argument)
    {
        foreach (var cpu in monitor.Vm.Machine.Cpus)
            monitor.Say($"{(cpu.Index == monitor.CurrentCpu ? '*' : ' ')} CPU #{cpu.Index}: pc=0x{cpu.Debug.ProgramCounter:x16} ({cpu.Debug.Status})");
    }

    private static void Registers(MonitorSession monitor, string argument)
    {
        foreach (var cpu in monitor.Vm.Machine.Cpus)
        {
            if (argument != "-a" && cpu.Index != monitor.CurrentCpu) continue;
            monitor.Say($"CPU#{cpu.Index} ({cpu.Debug.Status})");
            foreach (var feature in cpu.Debug.Features)
            {
                // Of the many control registers, those that are zero say nothing.
                var values = feature.Registers.Select(r => (r.Name, IsControl: r.Group == "csr", Known: cpu.Debug.TryReadRegister(r.Number, out var value), Value: value))
                    .Where(r => r.Known && !(r.IsControl && r.Value == 0));
                foreach (var row in values.Chunk(4)) monitor.Say(string.Concat(row.Select(r => $" {r.Name,-10} {r.Value:x16}")));
            }
        }
    }

    private static void MemoryMap(MonitorSession monitor, string argument)
    {
        monitor.Say("memory");
        foreach (var region in monitor.Vm.Machine.Bus.Regions)
        {
            var kind = region.Ram is null ? "i/o" : region.Ram.ReadOnly ? "rom" : "ram";
            monitor.Say($"  {region.Range.Start:x16}-{region.Range.Last:x16} ({kind}): {region.Name}");
        }
    }

    private static void List(MonitorSession monitor, IReadOnlyList<MonitorItem> items)
    {
        foreach (var (id, description) in items) monitor.Say($"{id}: {description}");
    }
}
