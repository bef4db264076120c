using Mimus.Core.Memory;

namespace Mimus.Boards.Loading;

/// <summary>What was put into memory, and where to begin.</summary>
public readonly record struct LoadedImage(ulong Start, ulong End, ulong Entry);

/// <summary>
/// What belongs in guest memory: kernels, firmware, initial RAM disks, plain data. Every problem is a sentence that names the
/// file. It is checked and kept here, and put into memory at power-on and at every reset.
/// </summary>
public sealed class MemoryLoader(GuestMemory memory)
{
    private readonly List<(ulong Address, byte[] Data)> _pieces = [];

    /// <summary>Reads a file whole.</summary>
    public static byte[] ReadFile(string path, string role)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ConfigurationException($"{role} '{path}' does not exist; check the path");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{role} '{path}' cannot be read: {e.Message}");
        }
    }

    /// <summary>Loads an ELF executable.</summary>
    public LoadedImage LoadElf(ReadOnlySpan<byte> data, string path, string role, ushort machine, string machineName)
    {
        try
        {
            var elf = ElfFile.Parse(data, machine, machineName);
            ulong start = ulong.MaxValue, end = 0;
            foreach (var segment in elf.Segments)
            {
                Check(segment.PhysicalAddress, segment.MemoryLength, path, role);
                _pieces.Add((segment.PhysicalAddress, data.Slice(segment.FileOffset, segment.FileLength).ToArray()));
                start = Math.Min(start, segment.PhysicalAddress);
                end = Math.Max(end, segment.PhysicalAddress + segment.MemoryLength);
            }
            return new LoadedImage(start, end, elf.Entry);
        }
        catch (FormatException e)
        {
            throw new ConfigurationException($"{role} '{path}' cannot be loaded: {e.Message}");
        }
    }

    /// <summary>Loads bytes as they are. <paramref name="extent"/> is how much memory they take when that is more than their length.</summary>
    public LoadedImage LoadRaw(byte[] data, ulong address, string path, string role, ulong extent = 0)
    {
        if (data.Length == 0) throw new ConfigurationException($"{role} '{path}' is empty");
        extent = Math.Max(extent, (ulong)data.Length);
        Check(address, extent, path, role);
        _pieces.Add((address, data));
        return new LoadedImage(address, address + extent, address);
    }

    /// <summary>Loads what Mimus itself made, which always fits.</summary>
    public void LoadOwn(byte[] data, ulong address) => _pieces.Add((address, data));

    /// <summary>Puts everything into memory: at power-on, and again at every reset.</summary>
    public void Fill()
    {
        foreach (var (address, data) in _pieces)
        {
            if (data.Length > 0) memory.Find(new GuestAddress(address), (ulong)data.Length)!.Load(address, data);
        }
    }

    private void Check(ulong address, ulong length, string path, string role)
    {
        if (memory.Find(new GuestAddress(address), length) is not null) return;
        var ram = memory.Blocks.Where(b => !b.ReadOnly).MaxBy(b => b.Range.Length)!;
        throw new ConfigurationException($"{role} '{path}' does not fit in memory: it needs 0x{address:x} to 0x{address + length - 1:x}, and memory is "
            + $"{ram.Range}; give the machine more memory with -m, or link the file to another address");
    }
}
