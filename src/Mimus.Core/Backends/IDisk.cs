namespace Mimus.Core.Backends;

/// <summary>
/// What a disk device stores its data in. Offsets and lengths are inside the disk: the device has checked the guest's request.
/// Failures are <see cref="IOException"/>s. Calls may run at the same time; a flush covers all writes that had completed before it.
/// </summary>
public interface IDisk : IAsyncDisposable
{
    long Length { get; }

    bool IsReadOnly { get; }

    ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellation = default);

    ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellation = default);

    ValueTask FlushAsync(CancellationToken cancellation = default);

    /// <summary>The contents are no longer needed; they may read as anything afterwards.</summary>
    ValueTask DiscardAsync(long offset, long length, CancellationToken cancellation = default);

    /// <summary>The range reads as zeroes afterwards; <paramref name="mayUnmap"/> lets it give its space back.</summary>
    ValueTask WriteZeroesAsync(long offset, long length, bool mayUnmap, CancellationToken cancellation = default);
}
