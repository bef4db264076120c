namespace Mimus.Control.Gdb;

/// <summary>All requests that are known. The first row that matches counts, so longer names stand before shorter ones.</summary>
internal sealed class PacketTable(IEnumerable<PacketRow> rows)
{
    private readonly PacketRow[] _rows = [.. rows.OrderByDescending(r => r.Name.Length)];

    /// <summary>Carries a request out; one that is not known leaves the answer empty, as the protocol wants.</summary>
    public void Handle(ReadOnlySpan<byte> payload, PacketWriter reply)
    {
        foreach (var row in _rows)
        {
            if (!row.Matches(payload)) continue;
            row.Handler(new PacketArguments(payload[row.Name.Length..]), reply);
            return;
        }
    }
}
