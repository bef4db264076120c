using Mimus.Core.Cpus;

namespace Mimus.Control.Monitor;

/// <summary>What the engine counted, in sum and for each processor.</summary>
internal static class EngineReport
{
    private const int NameColumn = 38, ValueColumn = 16;

    public static void Run(MonitorSession monitor, string argument)
    {
        var cpus = monitor.Vm.Machine.Cpus.Select(c => monitor.Vm.EngineNumbers(c.Index)).ToArray();
        if (Array.TrueForAll(cpus, c => c is null))
        {
            monitor.Say($"engine '{monitor.Vm.AcceleratorName}' does not translate, so there is nothing to tell");
            return;
        }
        var names = cpus.SelectMany(c => c ?? []).Select(n => n.Name).Distinct().ToArray();
        var isOne = cpus.Length == 1;
        monitor.Say("".PadRight(NameColumn) + (isOne ? "" : "all".PadLeft(ValueColumn)) + string.Concat(Enumerable.Range(0, cpus.Length).Select(i => $"CPU #{i}".PadLeft(ValueColumn))));
        foreach (var name in names)
        {
            var values = cpus.Select(c => Find(c, name)).ToArray();
            var sum = isOne ? "" : $"{values.Aggregate(0ul, (a, b) => a + b),ValueColumn}";
            monitor.Say(name.PadRight(NameColumn) + sum + string.Concat(values.Select(v => $"{v,ValueColumn}")));
        }
    }

    private static ulong Find(IReadOnlyList<EngineNumber>? numbers, string name) => (numbers ?? []).FirstOrDefault(n => n.Name == name).Value;
}
