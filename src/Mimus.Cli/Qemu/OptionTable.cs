namespace Mimus.Cli.Qemu;

/// <summary>All options, one row each, in the order of the help text.</summary>
internal static class OptionTable
{
    /// <summary>The headings of the help text and the rows below each.</summary>
    public static IReadOnlyList<OptionGroup> Groups { get; } =
    [
        new("Standard options:", MachineOptions.Rows),
        new("Block device options:", BlockOptions.Rows),
        new("Character device and console options:", ConsoleOptions.Rows),
        new("Debug and expert options:", DebugOptions.Rows),
        new("Known, and refused until this machine has them:", RefusedOptions.Rows),
    ];

    public static OptionRow? Find(string name)
    {
        foreach (var group in Groups)
        {
            foreach (var row in group.Rows)
            {
                if (row.Name == name) return row;
            }
        }
        return null;
    }
}
