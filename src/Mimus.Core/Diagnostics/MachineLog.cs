namespace Mimus.Core.Diagnostics;

/// <summary>A machine's log. Ask <see cref="Has"/> before composing a message, so that silence costs nothing.</summary>
public sealed class MachineLog(TextWriter writer, LogItems items)
{
    private readonly Lock _lock = new();

    public static MachineLog Silent { get; } = new(TextWriter.Null, LogItems.None);

    public LogItems Items { get; set; } = items;

    /// <summary>What is said of guest code is limited to these addresses; null for all.</summary>
    public AddressFilter? Filter { get; set; }

    public bool Concerns(ulong address) => Filter is not { } filter || filter.Contains(address);

    public bool Has(LogItems items) => (Items & items) != 0;

    public void Write(string line)
    {
        lock (_lock)
        {
            writer.WriteLine(line);
            writer.Flush();
        }
    }
}
