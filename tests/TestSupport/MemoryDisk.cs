using Mimus.Core.Backends;

namespace Mimus.TestSupport;

/// <summary>A disk in memory, for guests under test.</summary>
public sealed class MemoryDisk(byte[] contents) : IDisk
{
    public byte[] Contents { get; } = contents;

    public long Length => Contents.Length;

    public bool IsReadOnly { get; init; }

    public ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellation = default)
    {
        Contents.AsMemory((int)offset, destination.Length).CopyTo(destination);
        return ValueTask.CompletedTask;
    }

    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellation = default)
    {
        source.CopyTo(Contents.AsMemory((int)offset));
        return ValueTask.CompletedTask;
    }

    public ValueTask FlushAsync(CancellationToken cancellation = default) => ValueTask.CompletedTask;

    public ValueTask DiscardAsync(long offset, long length, CancellationToken cancellation = default) => ValueTask.CompletedTask;

    public ValueTask WriteZeroesAsync(long offset, long length, bool mayUnmap, CancellationToken cancellation = default)
    {
        Contents.AsSpan((int)offset, (int)length).Clear();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
