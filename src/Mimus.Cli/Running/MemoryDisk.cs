using Mimus.Core.Backends;

namespace Mimus.Cli.Running;

/// <summary>An empty disk that lives as long as the run.</summary>
internal sealed class MemoryDisk(long length) : IDisk
{
    private readonly byte[] _data = new byte[length];
    private readonly Lock _lock = new(); // held while the bytes change; several requests may run at the same time

    public long Length => _data.Length;

    public bool IsReadOnly => false;

    public ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellation = default)
    {
        lock (_lock) _data.AsSpan((int)offset, destination.Length).CopyTo(destination.Span);
        return ValueTask.CompletedTask;
    }

    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellation = default)
    {
        lock (_lock) source.Span.CopyTo(_data.AsSpan((int)offset));
        return ValueTask.CompletedTask;
    }

    public ValueTask FlushAsync(CancellationToken cancellation = default) => ValueTask.CompletedTask;

    public ValueTask DiscardAsync(long offset, long length, CancellationToken cancellation = default) =>
        WriteZeroesAsync(offset, length, mayUnmap: true, cancellation);

    public ValueTask WriteZeroesAsync(long offset, long length, bool mayUnmap, CancellationToken cancellation = default)
    {
        lock (_lock) _data.AsSpan((int)offset, (int)length).Clear();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
