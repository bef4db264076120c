using Mimus.Core.Memory;

namespace Mimus.Snapshots;

/// <summary>The pages of guest memory as they are now.</summary>
internal sealed class GuestPages : IPageSource
{
    public ReadOnlySpan<byte> Read(RamBlock block, int page)
    {
        var bytes = block.Bytes((ulong)page * SnapshotFormat.PageSize, SnapshotFormat.PageSize);
        return bytes.ContainsAnyExcept((byte)0) ? bytes : [];
    }
}
