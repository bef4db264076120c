using System.Runtime.InteropServices;

namespace Mimus.Host;

/// <summary>A file of the kernel that is used by control calls (ioctl) and may be mapped.</summary>
public sealed unsafe class DeviceFile : IDisposable
{
    private int _fd;

    /// <param name="fd">An open descriptor, which belongs to this object from here on.</param>
    public DeviceFile(int fd) => _fd = fd;

    ~DeviceFile() => Close();

    /// <summary>Opens a device; null with the system's reason where that is refused.</summary>
    public static DeviceFile? TryOpen(string path, out string reason)
    {
        var fd = LibC.Open(path, LibC.OpenReadWrite | LibC.CloseOnExec);
        reason = fd < 0 ? Marshal.GetPInvokeErrorMessage(LibC.LastError) : "";
        return fd < 0 ? null : new DeviceFile(fd);
    }

    /// <summary>Makes a control call; its result, or minus the error's number.</summary>
    public int Control(uint request, nint argument)
    {
        var result = LibC.DeviceControl(_fd, request, argument);
        return result >= 0 ? result : -LibC.LastError;
    }

    /// <summary>Maps the beginning of the file, to read and to write.</summary>
    public MemoryMapping Map(nuint length) => MemoryMapping.OfFile(_fd, length);

    public void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    private void Close()
    {
        var fd = Interlocked.Exchange(ref _fd, -1);
        if (fd >= 0) _ = LibC.Close(fd);
    }
}
