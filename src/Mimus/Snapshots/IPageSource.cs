using Mimus.Core.Memory;

namespace Mimus.Snapshots;

/// <summary>Where the pages of a snapshot come from.</summary>
internal interface IPageSource
{
    /// <summary>A page's bytes, which hold until the next call; empty for a page of zeroes.</summary>
    ReadOnlySpan<byte> Read(RamBlock block, int page);
}
