using System.Security.Cryptography;
using Mimus.Core.Memory;

namespace Mimus.Snapshots;

/// <summary>
/// The snapshot format. A header (magic, version, board and size of the machine), then records, each with a kind, a number
/// and a name, so that a file explains itself; then a SHA-256 of everything before it. Numbers are in LEB128.
/// </summary>
internal static class SnapshotFormat
{
    public const int Version = 1;
    public const int PageSize = 4096;
    public const int ChecksumSize = SHA256.HashSizeInBytes;
    public const int MaximumNameLength = 255;
    public const int MaximumDepth = 32;

    public static ReadOnlySpan<byte> Magic => "MIMUSNAP"u8;

    public static int PageCount(RamBlock block) => checked((int)(block.Range.Length / PageSize));
}
