using Microsoft.Win32.SafeHandles;

namespace Mimus.Host;

/// <summary>Makes ranges of files zero without writing them, where the file system can.</summary>
public static class FileSpace
{
    /// <summary>Gives the range's space back; it reads as zeroes. The file keeps its length. False when the file system cannot.</summary>
    public static bool TryPunchHole(SafeFileHandle file, long offset, long length) =>
        Try(file, LibC.AllocatePunchHole | LibC.AllocateKeepSize, offset, length);

    /// <summary>Makes the range zero and keeps its space. The file keeps its length. False when the file system cannot.</summary>
    public static bool TryZero(SafeFileHandle file, long offset, long length) =>
        Try(file, LibC.AllocateZeroRange | LibC.AllocateKeepSize, offset, length);

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
