namespace Mimus.Storage.Files;

/// <summary>A file that stays open when its user is done.</summary>
internal sealed class BorrowedFile(IImageFile file) : IImageFile
{
    public string Name => file.Name;

    public long Length => file.Length;

    public bool IsReadOnly => file.IsReadOnly;

    public void Read(long offset, Span<byte> destination) => file.Read(offset, destination);

    public void Write(long offset, ReadOnlySpan<byte> source) => file.Write(offset, source);

    public void SetLength(long length) => file.SetLength(length);

    public void Flush() => file.Flush();

    public bool TryPunchHole(long offset, long length) => file.TryPunchHole(offset, length);

    public bool TryZero(long offset, long length) => file.TryZero(offset, length);

    public bool TryReserve(long offset, long length) => file.TryReserve(offset, length);

    public (bool IsData, long Length) FindData(long offset, long length) => file.FindData(offset, length);

    public void Dispose()
    {
    }
}
