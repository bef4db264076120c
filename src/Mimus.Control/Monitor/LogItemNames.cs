using Mimus.Boards;
using Mimus.Core.Diagnostics;

namespace Mimus.Control.Monitor;

/// <summary>The names of log items in <c>-d</c> and in the monitor.</summary>
public static class LogItemNames
{
    public static IReadOnlyList<(string Name, LogItems Items, string Help)> All { get; } =
    [
        ("guest_errors", LogItems.GuestErrors, "the guest did what its hardware's manual forbids"),
        ("unimp", LogItems.Unimplemented, "the guest asked for what is not there"),
        ("int", LogItems.Interrupts, "traps and interrupts"),
        ("in_asm", LogItems.Instructions, "guest instructions when they are first met and when they are compiled"),
        ("op", LogItems.Operations, "the operations of compiled guest code"),
        ("out_asm", LogItems.MachineCode, "the host's code made of it, as bytes"),
        ("mmu", LogItems.PageFaults, "page-table walks that fail"),
        ("devices", LogItems.DeviceAccesses, "accesses to device registers"),
        ("cpu_reset", LogItems.Resets, "resets of the machine and its processors"),
    ];

    /// <param name="where">The option or command, for messages.</param>
    /// <param name="text">Names with commas between them; <c>none</c> is nothing.</param>
    public static LogItems Parse(string where, string text)
    {
        var items = LogItems.None;
        foreach (var name in text.Split(','))
        {
            if (name is "" or "none") continue;
            var found = All.FirstOrDefault(i => i.Name == name);
            if (found.Name is null)
                throw new ConfigurationException($"{where}: there is no log item '{name}'{Suggestion.For(name, All.Select(i => i.Name))}; '-d help' lists all");
            items |= found.Items;
        }
        return items;
    }
}
