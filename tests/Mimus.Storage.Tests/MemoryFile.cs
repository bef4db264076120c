using Mimus.Storage.Files;

namespace Mimus.Storage.Tests;

/// <summary>A file in memory, which tells whether anything was written.</summary>
internal sealed class MemoryFile(byte[] contents, bool readOnly = false) : IImageFile
{
    private byte[] _contents = contents;

    public string Name => "memory";

    public long Length => _contents.Length;

    public bool IsReadOnly => readOnly;

    public bool WasWritten { get; private set; }

    public ReadOnlySpan<byte> Contents => _contents;

    public void Read(long offset, Span<byte> destination)
    {
        Assert.True(offset >= 0);
        destination.Clear();
        var count = (int)Math.Clamp(_contents.Length - offset, 0, destination.Length);
        if (count > 0) _contents.AsSpan((int)offset, count).CopyTo(destination);
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        WasWritten = true;
        if (offset + source.Length > 64 << 20) throw new IOException("no space left");
        if (offset + source.Length > _contents.Length) Array.Resize(ref _contents, (int)(offset + source.Length));
        source.CopyTo(_contents.AsSpan((int)offset));
    }

    public void SetLength(long length)
    {
        WasWritten = true;
        if (length > 64 << 20) throw new IOException("no space left");
        Array.Resize(ref _contents, (int)length);
    }

    public void Flush()
    {
    }

    public bool TryPunchHole(long offset, long length) => false;

    public bool TryZero(long offset, long length) => false;

    public bool TryReserve(long offset, long length) => false;

    public (bool IsData, long Length) FindData(long offset, long length) => (true, length);

    public void Dispose()
    {
    }
}
