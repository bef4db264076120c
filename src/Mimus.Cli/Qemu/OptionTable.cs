namespace Mimus.Cli.Qemu;

/// <summary>All options, one row each, in the order of the help text.</summary>
internal static class OptionTable
{
    /// <summary>The headings of the help text and the rows below each.</summary>
    public static IReadOnlyList<(string Heading, OptionRow[] Rows)> Groups { get; } =
    [
        ("Standard options:", MachineOptions.Rows),
        ("Block device options:", BlockOptions.Rows),
        ("Character device and console options:", ConsoleOptions.Rows),
        ("Debug and expert options:", DebugOptions.Rows),
        ("Known, and refused until this machine has them:", RefusedOptions.Rows),
    ];

    public static OptionRow? Find(string name)
    {
        foreach (var (_, rows) in Groups)
        {
            foreach (var row in rows)
            {
                if (row.Name == name) return row;
            }
        }
        return null;
    }
}
