using Mimus.Core.State;

namespace Mimus.Snapshots;

/// <summary>A part's saved fields, read but not yet given to the part.</summary>
internal sealed class SnapshotNode
{
    private const int MaximumBytes = 1 << 26;

    private readonly Dictionary<int, (RecordKind Kind, ulong Number, byte[] Bytes, long Position)> _fields = [];
    private readonly Dictionary<string, SnapshotNode> _children = [];

    public SnapshotNode? Child(string name) => _children.GetValueOrDefault(name);

    public ulong Number(int id, string name) => Find(id, name, RecordKind.Number).Number;

    public byte[] Bytes(int id, string name) => Find(id, name, RecordKind.Bytes).Bytes;

    /// <summary>Where in the stream the pages begin.</summary>
    public long Pages(int id, string name) => Find(id, name, RecordKind.Pages).Position;

    /// <summary>Reads records up to the end mark; pages are passed over and found again by position.</summary>
    public static SnapshotNode Read(Stream stream, int depth = 0)
    {
        if (depth > SnapshotFormat.MaximumDepth) throw new StateException("the snapshot is damaged: its parts are nested too deeply");
        var node = new SnapshotNode();
        while (true)
        {
            var kind = (RecordKind)stream.ReadOne();
            if (kind == RecordKind.End) return node;
            var id = stream.ReadNumber();
            var name = stream.ReadText();
            if (id > int.MaxValue) throw new StateException($"the snapshot is damaged: '{name}' has an impossible number");
            var added = kind switch
            {
                RecordKind.Number => node._fields.TryAdd((int)id, (kind, stream.ReadNumber(), [], 0)),
                RecordKind.Bytes => node._fields.TryAdd((int)id, (kind, 0, ReadBytes(stream, name), 0)),
                RecordKind.Pages => node._fields.TryAdd((int)id, (kind, 0, [], SkipPages(stream))),
                RecordKind.Child => node._children.TryAdd(name, Read(stream, depth + 1)),
                _ => throw new StateException("the snapshot is damaged: a record is of no known kind"),
            };
            if (!added) throw new StateException($"the snapshot is damaged: '{name}' is there twice");
        }
    }

    private static byte[] ReadBytes(Stream stream, string name)
    {
        var length = stream.ReadNumber();
        return length <= MaximumBytes ? stream.ReadExact((int)length) : throw new StateException($"the snapshot is damaged: '{name}' is too long");
    }

    private static long SkipPages(Stream stream)
    {
        var position = stream.Position;
        _ = stream.ReadNumber();
        while (stream.ReadNumber() != 0)
        {
            if (stream.Length - stream.Position < SnapshotFormat.PageSize) throw StreamExtensions.CutShort();
            stream.Position += SnapshotFormat.PageSize;
        }
        return position;
    }

    private (RecordKind Kind, ulong Number, byte[] Bytes, long Position) Find(int id, string name, RecordKind kind) =>
        _fields.TryGetValue(id, out var field) && field.Kind == kind
            ? field
            : throw new StateException($"the snapshot lacks '{name}': it is of another machine or version");
}
