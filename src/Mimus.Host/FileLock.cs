using Microsoft.Win32.SafeHandles;

namespace Mimus.Host;

/// <summary>
/// Whole-file locks between processes. They belong to the open file (Linux OFD locks), so closing another handle of the same
/// file, or a library that opens it, does not lose them.
/// </summary>
public static unsafe class FileLock
{
    /// <summary>Takes the lock without waiting; false when another process holds one that excludes it.</summary>
    public static bool TryAcquire(SafeFileHandle file, bool exclusive)
    {
        var request = new LibC.FileLockRequest { Type = exclusive ? LibC.LockWrite : LibC.LockRead };
        return LibC.FileControl((int)file.DangerousGetHandle(), LibC.FcntlOfdSetLock, &request) == 0;
    }
}
