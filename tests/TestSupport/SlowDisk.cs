using Mimus.Core.Backends;

namespace Mimus.TestSupport;

/// <summary>A disk in memory whose requests end on other threads, after times that nobody knows.</summary>
public sealed class SlowDisk(byte[] contents) : IDisk
{
    private readonly MemoryDisk _disk = new(contents);

    public long Length => _disk.Length;

    public bool IsReadOnly => false;

    public async ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellation = default)
    {
        await WaitAsync().ConfigureAwait(false);
        await _disk.ReadAsync(offset, destination, cancellation).ConfigureAwait(false);
    }

    public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellation = default)
    {
        await WaitAsync().ConfigureAwait(false);
        await _disk.WriteAsync(offset, source, cancellation).ConfigureAwait(false);
    }

    public async ValueTask FlushAsync(CancellationToken cancellation = default) => await WaitAsync().ConfigureAwait(false);

    public ValueTask DiscardAsync(long offset, long length, CancellationToken cancellation = default) => ValueTask.CompletedTask;

    public async ValueTask WriteZeroesAsync(long offset, long length, bool mayUnmap, CancellationToken cancellation = default)
    {
        await WaitAsync().ConfigureAwait(false);
        await _disk.WriteZeroesAsync(offset, length, mayUnmap, cancellation).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async Task WaitAsync()
    {
        await Task.Yield();
        Thread.SpinWait(Random.Shared.Next(20_000));
    }
}
