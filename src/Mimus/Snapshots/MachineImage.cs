using Mimus.Boards;
using Mimus.Core.Memory;

namespace Mimus.Snapshots;

/// <summary>A machine's records at one moment, without the contents of its memory, which can be added when the machine runs again.</summary>
internal sealed class MachineImage
{
    private readonly byte[] _records;
    private readonly IReadOnlyList<(long Position, RamBlock Block)> _memory;

    private MachineImage(byte[] records, IReadOnlyList<(long Position, RamBlock Block)> memory)
    {
        _records = records;
        _memory = memory;
    }

    /// <summary>Takes the image of a machine that rests.</summary>
    public static MachineImage Take(Machine machine)
    {
        var records = new MemoryStream();
        var writer = new SnapshotWriter(records);
        machine.State(writer);
        records.WriteByte((byte)RecordKind.End);
        return new MachineImage(records.ToArray(), writer.Memory);
    }

    /// <summary>The records alone: a machine with no page of memory.</summary>
    public Stream WithoutMemory() => new MemoryStream(_records, writable: false);

    public void WriteTo(Stream destination, IPageSource pages)
    {
        var done = 0;
        foreach (var (position, block) in _memory)
        {
            destination.Write(_records, done, (int)position - done);
            done = (int)position;
            WritePages(destination, block, pages);
        }
        destination.Write(_records, done, _records.Length - done);
    }

    private static void WritePages(Stream destination, RamBlock block, IPageSource pages)
    {
        var previous = 0; // page numbers are written as distances, which start at one, so that zero ends the list
        var count = SnapshotFormat.PageCount(block);
        for (var page = 0; page < count; page++)
        {
            var bytes = pages.Read(block, page);
            if (bytes.IsEmpty) continue;
            destination.WriteNumber((ulong)(page + 1 - previous));
            previous = page + 1;
            destination.Write(bytes);
        }
    }
}
