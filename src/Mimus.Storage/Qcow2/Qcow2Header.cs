using System.Buffers.Binary;
using System.Text;
using Mimus.Storage.Files;

namespace Mimus.Storage.Qcow2;

/// <summary>
/// The first cluster of a qcow2 image: "Header" and "Header extensions" of the format's specification (docs/interop/qcow2 of the
/// QEMU project). What is read is checked, so that everything after it can rely on alignments and sizes.
/// </summary>
internal sealed class Qcow2Header
{
    public const ulong Dirty = 1, Corrupt = 2, ExternalData = 4, CompressionTypeBit = 8, ExtendedL2 = 16;
    public const ulong LazyRefcounts = 1;
    public const ulong Bitmaps = 1, RawExternalData = 2;
    public const int MinimumClusterBits = 9, MaximumClusterBits = 21;

    /// <summary>The largest tables that are believed, in bytes: with them a disk of 2 EiB can be described in clusters of 2 MiB.</summary>
    public const int LongestL1 = 32 << 20, LongestRefcountTable = 8 << 20;

    public const int MostSnapshots = 65536;

    private const uint Magic = 0x514649FB;
    private const int Version2Length = 72, Version3Length = 104, FullLength = 112, LongestName = 1023;
    private const uint EndOfExtensions = 0, BackingFormatType = 0xE2792ACA, FeatureNamesType = 0x6803F857, DataFileType = 0x44415441;
    private const uint EncryptionHeaderType = 0x0537BE77;
    private const ulong KnownIncompatible = Dirty | Corrupt | ExternalData | CompressionTypeBit | ExtendedL2;

    public int Version { get; set; } = 3;

    public int ClusterBits { get; set; } = 16;

    public long Size { get; set; }

    public uint L1Entries { get; set; }

    public long L1Offset { get; set; }

    public long RefcountTableOffset { get; set; }

    public uint RefcountTableClusters { get; set; }

    public uint SnapshotCount { get; set; }

    public long SnapshotsOffset { get; set; }

    public ulong Incompatible { get; set; }

    public ulong Compatible { get; set; }

    public ulong Autoclear { get; set; }

    public int RefcountOrder { get; set; } = 4;

    public bool IsZstd { get; set; }

    public string? BackingName { get; set; }

    public string? BackingFormat { get; set; }

    public string? DataFileName { get; set; }

    /// <summary>Extensions that are not known here, which stay as they are.</summary>
    public List<HeaderExtension> OtherExtensions { get; } = [];

    public int ClusterSize => 1 << ClusterBits;

    public bool HasExtendedL2 => (Incompatible & ExtendedL2) != 0;

    public bool HasDataFile => (Incompatible & ExternalData) != 0;

    /// <summary>How long an entry of an L2 table is.</summary>
    public int L2EntrySize => HasExtendedL2 ? 16 : 8;

    public int L2Bits => ClusterBits - (HasExtendedL2 ? 4 : 3);

    /// <summary>How many entries of an L1 table a disk of this size needs.</summary>
    public long L1EntriesFor(long size) => size == 0 ? 0 : ((size - 1) >> (ClusterBits + L2Bits)) + 1;

    /// <exception cref="DiskImageException">The header cannot be true, or asks for what is not known.</exception>
    public static Qcow2Header Read(IImageFile file)
    {
        var data = new byte[Math.Min(file.Length, 1 << MaximumClusterBits)];
        file.Read(0, data.AsSpan(0, Math.Min(data.Length, FullLength)));
        if (data.Length < Version2Length || BinaryPrimitives.ReadUInt32BigEndian(data) != Magic) throw Error(file, "it is not a qcow2 image");
        var header = new Qcow2Header { Version = (int)U32(data, 4) };
        if (header.Version is not (2 or 3)) throw Error(file, $"its version is {(uint)header.Version}; versions 2 and 3 are known");
        var bits = U32(data, 20);
        if (bits is < MinimumClusterBits or > MaximumClusterBits) throw Error(file, $"its clusters have 2^{bits} bytes; 2^{MinimumClusterBits} to 2^{MaximumClusterBits} are possible");
        header.ClusterBits = (int)bits;
        header.Size = (long)U64(data, 24);
        header.L1Entries = U32(data, 36);
        header.L1Offset = (long)U64(data, 40);
        header.RefcountTableOffset = (long)U64(data, 48);
        header.RefcountTableClusters = U32(data, 56);
        header.SnapshotCount = U32(data, 60);
        header.SnapshotsOffset = (long)U64(data, 64);
        var length = Version2Length;
        if (header.Version == 3)
        {
            if (data.Length < Version3Length) throw Error(file, "its header is cut off");
            header.Incompatible = U64(data, 72);
            header.Compatible = U64(data, 80);
            header.Autoclear = U64(data, 88);
            var order = U32(data, 96);
            if (order > 6) throw Error(file, $"its refcounts have 2^{order} bits; up to 2^6 are possible");
            header.RefcountOrder = (int)order;
            var claimed = U32(data, 100);
            if (claimed < Version3Length || claimed > header.ClusterSize || claimed > data.Length || claimed % 8 != 0)
                throw Error(file, $"its header claims to have {claimed} bytes");
            length = (int)claimed;
            header.IsZstd = length > Version3Length && data[104] == 1;
            if (length > Version3Length && data[104] > 1) throw Error(file, $"its clusters are compressed in a way (number {data[104]}) that is not known; zlib and zstd are");
            if (header.IsZstd != ((header.Incompatible & CompressionTypeBit) != 0)) throw Error(file, "its compression type and the feature bit of that contradict each other");
        }
        if (data.Length > header.ClusterSize) data = data[..header.ClusterSize];
        file.Read(0, data);
        header.ReadExtensions(data, length, U64(data, 8), U32(data, 16), file);
        header.Check(file, U32(data, 32));
        return header;
    }

    /// <summary>Writes the fields of fixed place, which are in one sector, so that all change or none.</summary>
    public void WriteFields(IImageFile file)
    {
        Span<byte> data = stackalloc byte[FullLength];
        file.Read(0, data);
        var length = Version == 2 ? Version2Length : Math.Min((int)U32(data, 100), FullLength);
        PutFields(data, length);
        file.Write(0, data[..length]);
    }

    /// <summary>Writes the whole header, with extensions and names.</summary>
    public void WriteAll(IImageFile file)
    {
        var data = new byte[ClusterSize];
        var length = Version == 2 ? Version2Length : FullLength;
        var position = length;
        if (BackingFormat is not null) PutExtension(data, ref position, BackingFormatType, Encoding.UTF8.GetBytes(BackingFormat));
        if (DataFileName is not null) PutExtension(data, ref position, DataFileType, Encoding.UTF8.GetBytes(DataFileName));
        foreach (var (type, contents) in OtherExtensions) PutExtension(data, ref position, type, contents);
        PutExtension(data, ref position, EndOfExtensions, []);
        if (BackingName is not null)
        {
            var name = Encoding.UTF8.GetBytes(BackingName);
            if (name.Length > LongestName || position + name.Length > data.Length)
                throw new DiskImageException($"the name of the backing file has {name.Length} bytes; {Math.Min(LongestName, Math.Max(0, data.Length - position))} have room in the header of '{file.Name}'");
            name.CopyTo(data, position);
            BinaryPrimitives.WriteUInt64BigEndian(data.AsSpan(8), (ulong)position);
            BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(16), (uint)name.Length);
        }
        PutFields(data, length);
        if (Version == 3) BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(100), (uint)length);
        file.Write(0, data);
    }

    private static uint U32(ReadOnlySpan<byte> data, int offset) => BinaryPrimitives.ReadUInt32BigEndian(data[offset..]);

    private static ulong U64(ReadOnlySpan<byte> data, int offset) => BinaryPrimitives.ReadUInt64BigEndian(data[offset..]);

    private static DiskImageException Error(IImageFile file, string what) => new($"disk image '{file.Name}' cannot be used: {what}");

    private void PutFields(Span<byte> data, int length)
    {
        BinaryPrimitives.WriteUInt32BigEndian(data, Magic);
        BinaryPrimitives.WriteUInt32BigEndian(data[4..], (uint)Version);
        BinaryPrimitives.WriteUInt32BigEndian(data[20..], (uint)ClusterBits);
        BinaryPrimitives.WriteUInt64BigEndian(data[24..], (ulong)Size);
        BinaryPrimitives.WriteUInt32BigEndian(data[36..], L1Entries);
        BinaryPrimitives.WriteUInt64BigEndian(data[40..], (ulong)L1Offset);
        BinaryPrimitives.WriteUInt64BigEndian(data[48..], (ulong)RefcountTableOffset);
        BinaryPrimitives.WriteUInt32BigEndian(data[56..], RefcountTableClusters);
        BinaryPrimitives.WriteUInt32BigEndian(data[60..], SnapshotCount);
        BinaryPrimitives.WriteUInt64BigEndian(data[64..], (ulong)SnapshotsOffset);
        if (Version == 2) return;
        BinaryPrimitives.WriteUInt64BigEndian(data[72..], Incompatible);
        BinaryPrimitives.WriteUInt64BigEndian(data[80..], Compatible);
        BinaryPrimitives.WriteUInt64BigEndian(data[88..], Autoclear);
        BinaryPrimitives.WriteUInt32BigEndian(data[96..], (uint)RefcountOrder);
        if (length > Version3Length) data[104] = IsZstd ? (byte)1 : (byte)0;
    }

    private static void PutExtension(byte[] data, ref int position, uint type, byte[] contents)
    {
        var end = position + 8 + ((contents.Length + 7) / 8 * 8);
        if (end > data.Length) throw new DiskImageException($"the header of a qcow2 image has no room for {contents.Length} more bytes; take larger clusters");
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(position), type);
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(position + 4), (uint)contents.Length);
        contents.CopyTo(data, position + 8);
        position = end;
    }

    private void ReadExtensions(ReadOnlySpan<byte> data, int position, ulong nameOffset, uint nameLength, IImageFile file)
    {
        var end = data.Length;
        byte[]? featureNames = null;
        if (nameOffset != 0)
        {
            if (nameLength > LongestName || nameOffset < (ulong)position || nameOffset + nameLength > (ulong)data.Length)
                throw Error(file, $"the name of its backing file, {nameLength} bytes at {nameOffset}, is not inside its header");
            if (nameLength > 0) BackingName = Encoding.UTF8.GetString(data.Slice((int)nameOffset, (int)nameLength));
            end = (int)nameOffset;
        }
        while (position + 8 <= end)
        {
            uint type = U32(data, position), length = U32(data, position + 4);
            position += 8;
            if (type == EndOfExtensions) break;
            if (length > end - position) throw Error(file, $"an extension of its header claims to have {length} bytes");
            var contents = data.Slice(position, (int)length);
            if (type == BackingFormatType) BackingFormat = Encoding.UTF8.GetString(contents);
            else if (type == DataFileType) DataFileName = Encoding.UTF8.GetString(contents);
            else if (type == EncryptionHeaderType) throw Error(file, "it is encrypted with LUKS, which is not supported; decrypt it with the program that made it");
            else
            {
                if (type == FeatureNamesType) featureNames = contents.ToArray();
                OtherExtensions.Add(new HeaderExtension(type, contents.ToArray()));
            }
            position = (int)Math.Min(end, position + (((long)length + 7) / 8 * 8));
        }
        if ((Incompatible & ~KnownIncompatible) is var unknown and not 0)
            throw Error(file, $"it needs features that are not known: {NamesOf(unknown, featureNames)}");
    }

    private static string NamesOf(ulong features, byte[]? names)
    {
        var said = new List<string>();
        for (var bit = 0; bit < 64; bit++)
        {
            if ((features >> bit & 1) == 0) continue;
            var name = $"number {bit}";
            for (var i = 0; names is not null && i + 48 <= names.Length; i += 48)
            {
                if (names[i] == 0 && names[i + 1] == bit)
                    name = new string([.. Encoding.UTF8.GetString(names, i + 2, 46).TakeWhile(c => c != 0).Where(c => !char.IsControl(c))]);
            }
            said.Add(name);
        }
        return string.Join(", ", said);
    }

    private void Check(IImageFile file, uint encryption)
    {
        if (encryption == 2) throw Error(file, "it is encrypted with LUKS, which is not supported; decrypt it with the program that made it");
        if (encryption != 0) throw Error(file, "it is encrypted with AES, which is not supported; decrypt it with the program that made it");
        if (HasExtendedL2 && ClusterBits < 14) throw Error(file, $"extended L2 entries need clusters of at least 16 KiB; it has clusters of {ClusterSize} bytes");
        if (Size < 0) throw Error(file, $"a disk of {(ulong)Size} bytes is too large");
        if (L1Entries > LongestL1 / 8) throw Error(file, $"its L1 table of {L1Entries} entries is too large");
        if (L1EntriesFor(Size) > L1Entries) throw Error(file, $"its L1 table of {L1Entries} entries is too small for a disk of {Size} bytes");
        if ((long)RefcountTableClusters << ClusterBits > LongestRefcountTable) throw Error(file, $"its refcount table of {RefcountTableClusters} clusters is too large");
        if (RefcountTableClusters == 0) throw Error(file, "it has no refcount table");
        if (SnapshotCount > MostSnapshots) throw Error(file, $"it claims to have {SnapshotCount} snapshots; up to {MostSnapshots} are possible");
        CheckTable(file, "L1 table", L1Offset, (long)L1Entries * 8);
        CheckTable(file, "refcount table", RefcountTableOffset, (long)RefcountTableClusters << ClusterBits);
        CheckTable(file, "snapshot table", SnapshotsOffset, SnapshotCount * 40L);
        if (HasDataFile && SnapshotCount > 0) throw Error(file, "it has snapshots and an external data file, which cannot both be");
    }

    private void CheckTable(IImageFile file, string name, long offset, long length)
    {
        if (length == 0) return;
        if (offset < ClusterSize || offset % ClusterSize != 0 || offset > file.Length || length > file.Length - offset)
            throw Error(file, $"its {name}, {length} bytes at {(ulong)offset}, is not inside the file at the start of a cluster");
    }
}
