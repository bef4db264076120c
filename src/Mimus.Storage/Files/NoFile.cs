namespace Mimus.Storage.Files;

/// <summary>Stands for a file that was left closed: it is empty, and cannot be written.</summary>
internal sealed class NoFile : IImageFile
{
    public string Name => "no file";

    public long Length => 0;

    public bool IsReadOnly => true;

    public void Read(long offset, Span<byte> destination) => destination.Clear();

    public void Write(long offset, ReadOnlySpan<byte> source) => throw Closed();

    public void SetLength(long length) => throw Closed();

    public void Flush()
    {
    }

    public bool TryPunchHole(long offset, long length) => false;

    public bool TryZero(long offset, long length) => false;

    public bool TryReserve(long offset, long length) => false;

    public (bool IsData, long Length) FindData(long offset, long length) => (false, length);

    public void Dispose()
    {
    }

    private static DiskImageException Closed() => new("the file of the data is not open");
}
