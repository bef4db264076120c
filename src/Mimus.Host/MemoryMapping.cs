namespace Mimus.Host;

/// <summary>Zeroed, page-aligned memory from the operating system that costs nothing until it is touched.</summary>
public sealed unsafe class MemoryMapping : IDisposable
{
    private MemoryMapping(byte* pointer, nuint length)
    {
        Pointer = pointer;
        Length = length;
    }

    ~MemoryMapping() => Release();

    /// <summary>The first byte; null after disposal, so that a late access faults instead of reading foreign memory.</summary>
    public byte* Pointer { get; private set; }

    public nuint Length { get; private set; }

    public static MemoryMapping Anonymous(nuint length)
    {
        var address = LibC.Map(0, length, LibC.ProtRead | LibC.ProtWrite, LibC.MapPrivate | LibC.MapAnonymous | LibC.MapNoReserve, -1, 0);
        if (address == -1) throw HostException.FromLastError($"cannot map {length} bytes of memory");
        return new MemoryMapping((byte*)address, length);
    }

    /// <summary>The beginning of a file, shared with who else has mapped it.</summary>
    internal static MemoryMapping OfFile(int fd, nuint length)
    {
        var address = LibC.Map(0, length, LibC.ProtRead | LibC.ProtWrite, LibC.MapShared, fd, 0);
        if (address == -1) throw HostException.FromLastError($"cannot map {length} bytes of a device");
        return new MemoryMapping((byte*)address, length);
    }

    /// <summary>Gives the pages back; they read as zero afterwards.</summary>
    public void Clear() => Clear(0, Length);

    /// <summary>Gives some of the pages back.</summary>
    public void Clear(nuint offset, nuint length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length - offset);
        if (LibC.Advise((nint)(Pointer + offset), length, LibC.AdviseDontNeed) != 0) throw HostException.FromLastError("cannot clear guest memory");
    }

    /// <summary>Makes it longer, perhaps at another address; what was in it stays.</summary>
    public void Grow(nuint length)
    {
        var address = LibC.Remap((nint)Pointer, Length, length, LibC.RemapMayMove);
        if (address == -1) throw HostException.FromLastError($"cannot map {length} bytes of memory");
        Pointer = (byte*)address;
        Length = length;
    }

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        if (Pointer == null) return;
        _ = LibC.Unmap((nint)Pointer, Length);
        Pointer = null;
    }
}
