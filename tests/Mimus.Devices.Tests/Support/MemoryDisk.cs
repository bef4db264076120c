using Mimus.Core.Backends;

namespace Mimus.Devices.Tests.Support;

/// <summary>A disk in memory. It can fail, hold its requests back, and answer from another thread.</summary>
internal sealed class MemoryDisk(int length, bool readOnly = false) : IDisk
{
    private volatile TaskCompletionSource? _held;

    public byte[] Contents { get; } = new byte[length];

    public bool Fails { get; set; }

    public bool Asynchronous { get; set; }

    public int Flushes { get; private set; }

    public int MostAtOnce { get; private set; }

    public long Length => Contents.Length;

    public bool IsReadOnly => readOnly;

    public int Waiting;

    public void Hold() => _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void LetGo()
    {
        var held = _held;
        _held = null;
        held?.SetResult();
    }

    public ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellation = default) =>
        Run(() => Contents.AsSpan((int)offset, destination.Length).CopyTo(destination.Span));

    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellation = default) =>
        Run(() => source.Span.CopyTo(Contents.AsSpan((int)offset)));

    public ValueTask FlushAsync(CancellationToken cancellation = default) => Run(() => Flushes++);

    public ValueTask DiscardAsync(long offset, long length, CancellationToken cancellation = default) =>
        Run(() => Contents.AsSpan((int)offset, (int)length).Fill(0xdd));

    public ValueTask WriteZeroesAsync(long offset, long length, bool mayUnmap, CancellationToken cancellation = default) =>
        Run(() => Contents.AsSpan((int)offset, (int)length).Clear());

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask Run(Action act)
    {
        if (Asynchronous) await Task.Yield();
        if (_held is { } held)
        {
            MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref Waiting));
            await held.Task.ConfigureAwait(false);
            Interlocked.Decrement(ref Waiting);
        }
        if (Fails) throw new IOException("the disk is broken");
        act();
    }
}
