using System.Buffers.Binary;
using Mimus.Storage.Files;

namespace Mimus.Storage.Qcow2;

/// <summary>The clusters of persistent bitmaps, "Bitmaps" in the format's specification, which are not read but counted.</summary>
internal static class BitmapDirectory
{
    private const uint ExtensionType = 0x23852875;
    private const int LongestDirectory = 64 << 20, FixedLength = 24;

    public delegate bool UseRange(string what, long offset, long length, uint times = 1);

    public static void ForEachUse(IImageFile file, Qcow2Header header, UseRange use, CheckResult result)
    {
        var extension = header.OtherExtensions.Find(e => e.Type == ExtensionType)?.Data;
        if (extension is null || extension.Length < FixedLength || (header.Autoclear & Qcow2Header.Bitmaps) == 0) return;
        var length = BinaryPrimitives.ReadUInt64BigEndian(extension.AsSpan(8));
        var offset = BinaryPrimitives.ReadUInt64BigEndian(extension.AsSpan(16));
        if (length > LongestDirectory || offset > (ulong)file.Length || length > (ulong)file.Length - offset)
        {
            result.Corruptions++;
            result.Report($"ERROR bitmap directory, {length} bytes at offset {offset}, is not in the file");
            return;
        }
        use("bitmap directory", (long)offset, (long)length);
        var directory = new byte[length];
        file.Read((long)offset, directory);
        for (var at = 0; at + FixedLength <= directory.Length;)
        {
            var table = (long)BinaryPrimitives.ReadUInt64BigEndian(directory.AsSpan(at));
            var entries = BinaryPrimitives.ReadUInt32BigEndian(directory.AsSpan(at + 8));
            if (entries <= Qcow2Header.LongestL1 / 8 && use("bitmap table", table, entries * 8L))
            {
                foreach (var entry in Tables.Read(file, table, (int)entries))
                {
                    if ((entry & ClusterMap.OffsetMask) is var data and not 0) use("bitmap", (long)data, header.ClusterSize);
                }
            }
            var entryLength = FixedLength + BinaryPrimitives.ReadUInt16BigEndian(directory.AsSpan(at + 18)) + (long)BinaryPrimitives.ReadUInt32BigEndian(directory.AsSpan(at + 20));
            if (entryLength > directory.Length) return;
            at += (int)((entryLength + 7) / 8 * 8);
        }
    }
}
