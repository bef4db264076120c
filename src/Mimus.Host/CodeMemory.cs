namespace Mimus.Host;

/// <summary>
/// Memory for machine code that is made at run time. It is mapped twice, once to write and once to run, so that no page can be written
/// and run at one address and no protection has to be changed.
/// </summary>
public sealed unsafe class CodeMemory : IDisposable
{
    private readonly nuint _length;

    public CodeMemory(nuint length)
    {
        _length = length;
        var fd = LibC.CreateMemoryFile("mimus-code", LibC.MemoryFileCloseOnExec);
        if (fd < 0) throw HostException.FromLastError("cannot make memory for translated code");
        try
        {
            if (LibC.Truncate(fd, (long)length) != 0) throw HostException.FromLastError($"cannot make {length} bytes of memory for translated code");
            Writable = Map(fd, LibC.ProtRead | LibC.ProtWrite);
            Executable = Map(fd, LibC.ProtRead | LibC.ProtExec);
        }
        finally
        {
            _ = LibC.Close(fd);
        }
    }

    ~CodeMemory() => Release();

    /// <summary>The memory where it can be written.</summary>
    public byte* Writable { get; private set; }

    /// <summary>The same memory where it can be run.</summary>
    public byte* Executable { get; private set; }

    public nuint Length => _length;

    /// <summary>
    /// Lets go of the pages that were written: what is in them stays, and they come back when they are written again. Pages that are mapped
    /// twice count twice as memory of the process.
    /// </summary>
    public void ReleaseWritten()
    {
        if (LibC.Advise((nint)Writable, _length, LibC.AdviseDontNeed) != 0) throw HostException.FromLastError("cannot release memory for translated code");
    }

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private byte* Map(int fd, int protection)
    {
        var address = LibC.Map(0, _length, protection, LibC.MapShared, fd, 0);
        if (address == -1) throw HostException.FromLastError("cannot map memory for translated code");
        return (byte*)address;
    }

    private void Release()
    {
        if (Writable != null) _ = LibC.Unmap((nint)Writable, _length);
        if (Executable != null) _ = LibC.Unmap((nint)Executable, _length);
        Writable = Executable = null;
    }
}
