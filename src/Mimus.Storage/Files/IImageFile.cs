namespace Mimus.Storage.Files;

/// <summary>
/// The bytes that an image consists of, wherever they are: what formats are built on. Calls do their work before they return: a
/// worker of a device makes them. They may run at the same time. Failures are <see cref="IOException"/>s.
/// </summary>
public interface IImageFile : IDisposable
{
    /// <summary>What a person calls the file.</summary>
    string Name { get; }

    long Length { get; }

    bool IsReadOnly { get; }

    /// <summary>Fills the span; what is behind the file's end reads as zeroes.</summary>
    void Read(long offset, Span<byte> destination);

    /// <summary>Writes, and makes the file longer where that is needed.</summary>
    void Write(long offset, ReadOnlySpan<byte> source);

    /// <summary>Cuts the file off, or makes it longer with zeroes.</summary>
    void SetLength(long length);

    /// <summary>All writes that have returned before outlive a loss of power.</summary>
    void Flush();

    /// <summary>Gives the range's space back; it reads as zeroes. False, and nothing has changed, where that cannot be done.</summary>
    bool TryPunchHole(long offset, long length);

    /// <summary>Makes the range zero without writing it and keeps its space. False, and nothing has changed, where that cannot be done.</summary>
    bool TryZero(long offset, long length);

    /// <summary>Gives the range its space without changing what it reads as. False where that cannot be done.</summary>
    bool TryReserve(long offset, long length);

    /// <summary>Whether the file has data at an offset, and how far that holds; a file that does not know has data everywhere.</summary>
    (bool IsData, long Length) FindData(long offset, long length);
}
