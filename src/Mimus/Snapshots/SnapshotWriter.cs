using Mimus.Core.Memory;
using Mimus.Core.State;

namespace Mimus.Snapshots;

/// <summary>Writes the fields it is shown.</summary>
internal sealed class SnapshotWriter(Stream destination) : StateVisitor
{
    private readonly List<(long Position, RamBlock Block)> _memory = [];

    /// <summary>The blocks of memory, and where in the stream their pages belong.</summary>
    public IReadOnlyList<(long Position, RamBlock Block)> Memory => _memory;

    public override bool IsRestoring => false;

    public override void Bytes(int id, string name, Span<byte> value) => Bytes(id, name, (ReadOnlySpan<byte>)value);

    public override void Bytes(int id, string name, ref byte[] value, int maximumLength) => Bytes(id, name, value);

    /// <summary>The contents are added later, at the place that <see cref="Memory"/> has.</summary>
    public override void Pages(int id, string name, RamBlock block)
    {
        Begin(RecordKind.Pages, id, name);
        destination.WriteNumber(block.Range.Length);
        _memory.Add((destination.Position, block));
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
