using System.Buffers.Binary;
using System.Text;
using Mimus.Storage.Files;

namespace Mimus.Storage.Qcow2;

/// <summary>The table of snapshots, "Snapshots" in the format's specification.</summary>
internal sealed class Qcow2Snapshots
{
    private const int FixedLength = 40, ExtraLength = 24, LongestExtra = 1024, LongestTable = 64 << 20;

    private Qcow2Snapshots(List<Qcow2Snapshot> list, long length)
    {
        List = list;
        Length = length;
    }

    public List<Qcow2Snapshot> List { get; }

    /// <summary>How many bytes the table has in the file.</summary>
    public long Length { get; }

    /// <exception cref="DiskImageException">The table cannot be true.</exception>
    public static Qcow2Snapshots Read(IImageFile file, Qcow2Header header)
    {
        var list = new List<Qcow2Snapshot>();
        var position = header.SnapshotsOffset;
        var fixedPart = new byte[FixedLength];
        for (var i = 0u; i < header.SnapshotCount; i++)
        {
            position = (position + 7) / 8 * 8;
            file.Read(position, fixedPart);
            int idLength = BinaryPrimitives.ReadUInt16BigEndian(fixedPart.AsSpan(12)), nameLength = BinaryPrimitives.ReadUInt16BigEndian(fixedPart.AsSpan(14));
            var extraLength = BinaryPrimitives.ReadUInt32BigEndian(fixedPart.AsSpan(36));
            if (extraLength > LongestExtra) throw Error(file, i, $"claims {extraLength} bytes of extra data");
            var rest = new byte[extraLength + idLength + nameLength];
            if (position + FixedLength + rest.Length > file.Length) throw Error(file, i, "ends behind the end of the file");
            file.Read(position + FixedLength, rest);
            ulong U64(int at, ulong otherwise) => extraLength >= at + 8 ? BinaryPrimitives.ReadUInt64BigEndian(rest.AsSpan(at)) : otherwise;
            var snapshot = new Qcow2Snapshot
            {
                L1Offset = (long)BinaryPrimitives.ReadUInt64BigEndian(fixedPart),
                L1Entries = BinaryPrimitives.ReadUInt32BigEndian(fixedPart.AsSpan(8)),
                Seconds = BinaryPrimitives.ReadUInt32BigEndian(fixedPart.AsSpan(16)),
                Nanoseconds = BinaryPrimitives.ReadUInt32BigEndian(fixedPart.AsSpan(20)),
                ClockNanoseconds = BinaryPrimitives.ReadUInt64BigEndian(fixedPart.AsSpan(24)),
                StateSize = U64(0, BinaryPrimitives.ReadUInt32BigEndian(fixedPart.AsSpan(32))),
                DiskSize = (long)U64(8, (ulong)header.Size),
                InstructionCount = U64(16, ulong.MaxValue),
                Id = Encoding.UTF8.GetString(rest, (int)extraLength, idLength),
                Name = Encoding.UTF8.GetString(rest, (int)extraLength + idLength, nameLength),
            };
            if (snapshot.L1Entries > Qcow2Header.LongestL1 / 8 || snapshot.L1Offset < 0 || (snapshot.L1Offset & (header.ClusterSize - 1)) != 0
                || snapshot.L1Offset + (snapshot.L1Entries * 8L) > file.Length)
            {
                throw Error(file, i, $"has an L1 table of {snapshot.L1Entries} entries at {(ulong)snapshot.L1Offset}, which cannot be");
            }
            if (snapshot.DiskSize < 0 || header.L1EntriesFor(snapshot.DiskSize) > snapshot.L1Entries) throw Error(file, i, $"has a disk of {(ulong)snapshot.DiskSize} bytes, for which its L1 table is too small");
            list.Add(snapshot);
            position += FixedLength + rest.Length;
            if (position - header.SnapshotsOffset > LongestTable) throw Error(file, i, "makes the table of snapshots too long");
        }
        return new Qcow2Snapshots(list, position - header.SnapshotsOffset);
    }

    public static byte[] Encode(IReadOnlyList<Qcow2Snapshot> list)
    {
        var table = new List<byte>();
        foreach (var snapshot in list)
        {
            while (table.Count % 8 != 0) table.Add(0);
            byte[] id = Encoding.UTF8.GetBytes(snapshot.Id), name = Encoding.UTF8.GetBytes(snapshot.Name);
            var entry = new byte[FixedLength + ExtraLength];
            BinaryPrimitives.WriteUInt64BigEndian(entry, (ulong)snapshot.L1Offset);
            BinaryPrimitives.WriteUInt32BigEndian(entry.AsSpan(8), snapshot.L1Entries);
            BinaryPrimitives.WriteUInt16BigEndian(entry.AsSpan(12), (ushort)id.Length);
            BinaryPrimitives.WriteUInt16BigEndian(entry.AsSpan(14), (ushort)name.Length);
            BinaryPrimitives.WriteUInt32BigEndian(entry.AsSpan(16), snapshot.Seconds);
            BinaryPrimitives.WriteUInt32BigEndian(entry.AsSpan(20), snapshot.Nanoseconds);
            BinaryPrimitives.WriteUInt64BigEndian(entry.AsSpan(24), snapshot.ClockNanoseconds);
            BinaryPrimitives.WriteUInt32BigEndian(entry.AsSpan(32), (uint)Math.Min(snapshot.StateSize, uint.MaxValue));
            BinaryPrimitives.WriteUInt32BigEndian(entry.AsSpan(36), ExtraLength);
            BinaryPrimitives.WriteUInt64BigEndian(entry.AsSpan(40), snapshot.StateSize);
            BinaryPrimitives.WriteUInt64BigEndian(entry.AsSpan(48), (ulong)snapshot.DiskSize);
            BinaryPrimitives.WriteUInt64BigEndian(entry.AsSpan(56), snapshot.InstructionCount);
            table.AddRange(entry);
            table.AddRange(id);
            table.AddRange(name);
        }
        while (table.Count % 8 != 0) table.Add(0);
        return [.. table];
    }

    private static DiskImageException Error(IImageFile file, uint index, string what) => new($"disk image '{file.Name}' cannot be used: its snapshot {index} {what}");
}
