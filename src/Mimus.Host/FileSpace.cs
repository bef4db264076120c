using Microsoft.Win32.SafeHandles;

namespace Mimus.Host;

/// <summary>Makes ranges of files zero without writing them, where the file system can.</summary>
public static unsafe class FileSpace
{
    /// <summary>Gives the range's space back; it reads as zeroes. The file keeps its length. False when the file system cannot.</summary>
    public static bool TryPunchHole(SafeFileHandle file, long offset, long length) =>
        Try(file, LibC.AllocatePunchHole | LibC.AllocateKeepSize, offset, length);

    /// <summary>Makes the range zero and keeps its space. The file keeps its length. False when the file system cannot.</summary>
    public static bool TryZero(SafeFileHandle file, long offset, long length) =>
        Try(file, LibC.AllocateZeroRange | LibC.AllocateKeepSize, offset, length);

    /// <summary>Gives the range its space; the file grows to its end. False when the file system cannot.</summary>
    public static bool TryReserve(SafeFileHandle file, long offset, long length) => Try(file, 0, offset, length);

    /// <summary>Whether there is data at an offset, and how far that holds. A file system that does not know has data everywhere.</summary>
    public static (bool IsData, long Length) FindData(SafeFileHandle file, long offset, long length)
    {
        var held = false;
        try
        {
            file.DangerousAddRef(ref held);
            var descriptor = (int)file.DangerousGetHandle();
            var data = LibC.Seek(descriptor, offset, LibC.SeekData);
            if (data < 0) return (LibC.LastError != LibC.ErrnoNoAddress, length); // no data from here to the end of the file
            if (data > offset) return (false, Math.Min(data - offset, length));
            var hole = LibC.Seek(descriptor, offset, LibC.SeekHole);
            return (true, hole > offset ? Math.Min(hole - offset, length) : length);
        }
        finally
        {
            if (held) file.DangerousRelease();
        }
    }

    /// <summary>How much space a file takes; holes take none.</summary>
    public static long BytesUsed(string path)
    {
        LibC.FileStatus status; // on the stack, where it does not move
        return LibC.Status(LibC.CurrentFolder, path, 0, LibC.StatusBlocks, &status) == 0
            ? (long)status.Blocks * 512
            : throw new HostException($"cannot look at '{path}': error {LibC.LastError}");
    }

    private static bool Try(SafeFileHandle file, int mode, long offset, long length)
    {
        if (length == 0) return true;
        var held = false;
        try
        {
            file.DangerousAddRef(ref held); // the descriptor cannot be closed, and its number used again, meanwhile
            return LibC.Allocate((int)file.DangerousGetHandle(), mode, offset, length) == 0;
        }
        finally
        {
            if (held) file.DangerousRelease();
        }
    }
}
