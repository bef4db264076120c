using Mimus.Core.Memory;
using Mimus.Core.State;

namespace Mimus.Snapshots;

/// <summary>Writes the fields it is shown.</summary>
internal sealed class SnapshotWriter(Stream destination, bool withMemory) : StateVisitor
{
    public override bool IsRestoring => false;

    public override void Bytes(int id, string name, Span<byte> value) => Bytes(id, name, (ReadOnlySpan<byte>)value);

    public override void Bytes(int id, string name, ref byte[] value, int maximumLength) => Bytes(id, name, value);

    public override void Pages(int id, string name, RamBlock block)
    {
        if (!withMemory) return;
        Begin(RecordKind.Pages, id, name);
        destination.WriteNumber(block.Range.Length);
        ulong previous = 0; // page numbers are written as distances, which start at one, so that zero ends the list
        var count = block.Range.Length / SnapshotFormat.PageSize;
        for (ulong page = 0; page < count; page++)
        {
            var bytes = block.Bytes(page * SnapshotFormat.PageSize, SnapshotFormat.PageSize);
            if (!bytes.ContainsAnyExcept((byte)0)) continue;
            destination.WriteNumber(page + 1 - previous);
            previous = page + 1;
            destination.Write(bytes);
        }
        destination.WriteNumber(0);
    }

    public override void Child(string name, IStateful child)
    {
        Begin(RecordKind.Child, 0, name);
        child.State(this);
        destination.WriteByte((byte)RecordKind.End);
    }

    protected override void Number(int id, string name, ref ulong value, ulong maximum)
    {
        Begin(RecordKind.Number, id, name);
        destination.WriteNumber(value);
    }

    private void Bytes(int id, string name, ReadOnlySpan<byte> value)
    {
        Begin(RecordKind.Bytes, id, name);
        destination.WriteNumber((ulong)value.Length);
        destination.Write(value);
    }

    private void Begin(RecordKind kind, int id, string name)
    {
        destination.WriteByte((byte)kind);
        destination.WriteNumber((ulong)id);
        destination.WriteText(name);
    }
}
