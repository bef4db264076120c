using Mimus.Core.Memory;
using Mimus.Core.State;

namespace Mimus.Snapshots;

/// <summary>
/// Gives parts their saved fields. Guest memory comes last, from <see cref="RestoreMemory"/>, when everything else was accepted.
/// </summary>
internal sealed class SnapshotReader(SnapshotNode root, Stream source, bool withMemory = true) : StateVisitor
{
    private readonly List<(RamBlock Block, long Position)> _memory = [];
    private SnapshotNode _node = root;

    public override bool IsRestoring => true;

    /// <summary>Checks that the pages belong to the blocks, before the first is changed.</summary>
    public void CheckMemory()
    {
        foreach (var (block, position) in _memory) VisitPages(block, position, null);
    }

    public void RestoreMemory()
    {
        foreach (var (block, position) in _memory)
        {
            block.Clear();
            VisitPages(block, position, page => source.ReadExactly(block.Bytes(page * SnapshotFormat.PageSize, SnapshotFormat.PageSize)));
            block.MarkWritten(0, block.Range.Length);
        }
    }

    public override void Bytes(int id, string name, Span<byte> value)
    {
        var bytes = _node.Bytes(id, name);
        if (bytes.Length != value.Length) Refuse($"'{name}' has {bytes.Length} bytes in the snapshot and {value.Length} in this machine");
        bytes.CopyTo(value);
    }

    public override void Bytes(int id, string name, ref byte[] value, int maximumLength)
    {
        var bytes = _node.Bytes(id, name);
        if (bytes.Length > maximumLength) Refuse($"'{name}' has {bytes.Length} bytes in the snapshot, and at most {maximumLength} are possible");
        value = bytes;
    }

    public override void Pages(int id, string name, RamBlock block)
    {
        if (withMemory) _memory.Add((block, _node.Pages(id, name)));
    }

    public override void Child(string name, IStateful child)
    {
        var parent = _node;
        _node = parent.Child(name) ?? throw new StateException($"the snapshot has no part '{name}': it is of a machine with other devices");
        child.State(this);
        _node = parent;
    }

    protected override void Number(int id, string name, ref ulong value, ulong maximum)
    {
        var number = _node.Number(id, name);
        if (number > maximum) Refuse($"'{name}' is {number} in the snapshot, and at most {maximum} is possible");
        value = number;
    }

    private void VisitPages(RamBlock block, long position, Action<ulong>? use)
    {
        source.Position = position;
        if (source.ReadNumber() != block.Range.Length) Refuse($"memory '{block.Name}' has another size in the snapshot; start the machine with the same -m");
        ulong page = 0, count = block.Range.Length / SnapshotFormat.PageSize;
        while (source.ReadNumber() is var distance and not 0)
        {
            if (distance > count - page) Refuse($"memory '{block.Name}' has a page outside it");
            page += distance;
            if (use is null) source.Position += SnapshotFormat.PageSize;
            else use(page - 1);
        }
    }
}
