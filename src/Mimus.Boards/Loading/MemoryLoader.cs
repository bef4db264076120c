using Mimus.Core.Memory;

namespace Mimus.Boards.Loading;

/// <summary>What was put into memory, and where to begin.</summary>
public readonly record struct LoadedImage(ulong Start, ulong End, ulong Entry);

/// <summary>
/// What belongs in guest memory: kernels, firmware, initial RAM disks, plain data. Every problem is a sentence that names the
/// file. It is checked here, and put into memory at power-on and at every reset.
/// </summary>
public sealed class MemoryLoader(GuestMemory memory) : IDisposable
{
    private readonly List<Piece> _pieces = [];

    /// <summary>Loads an ELF executable.</summary>
    public LoadedImage LoadElf(ImageSource source, ElfTarget target) => LoadElf(source, ParseElf(source, target));

    /// <summary>Reads what an ELF executable says of itself.</summary>
    internal static ElfFile ParseElf(ImageSource source, ElfTarget target)
    {
        try
        {
            return ElfFile.Parse(source, target);
        }
        catch (FormatException e)
        {
            throw new ConfigurationException($"{source} cannot be loaded: {e.Message}");
        }
    }

    internal LoadedImage LoadElf(ImageSource source, ElfFile elf)
    {
        ulong start = ulong.MaxValue, end = 0;
        foreach (var segment in elf.Segments)
        {
            Check(segment.PhysicalAddress, segment.MemoryLength, source);
            _pieces.Add(new Piece(segment.PhysicalAddress, source, segment.FileOffset, segment.FileLength));
            start = Math.Min(start, segment.PhysicalAddress);
            end = Math.Max(end, segment.PhysicalAddress + segment.MemoryLength);
        }
        return new LoadedImage(start, end, elf.Entry);
    }

    /// <summary>Loads a part of a file as it is.</summary>
    public LoadedImage LoadPart(ImageSource source, long offset, long length, ulong address, ulong extent)
    {
        Check(address, extent, source);
        _pieces.Add(new Piece(address, source, offset, length));
        return new LoadedImage(address, address + extent, address);
    }

    /// <summary>Loads bytes as they are. <paramref name="extent"/> is how much memory they take when that is more than their length.</summary>
    public LoadedImage LoadRaw(ImageSource source, ulong address, ulong extent = 0)
    {
        if (source.Length == 0) throw new ConfigurationException($"{source} is empty");
        return LoadPart(source, 0, source.Length, address, Math.Max(extent, (ulong)source.Length));
    }

    /// <summary>Loads what Mimus itself made, which always fits.</summary>
    public void LoadOwn(byte[] data, ulong address) => LoadRaw(ImageSource.FromBytes(data, "the", "machine's own data"), address);

    /// <summary>Puts everything into memory: at power-on, and again at every reset.</summary>
    public void Fill()
    {
        foreach (var piece in _pieces)
        {
            if (piece.Length == 0) continue;
            var block = memory.Find(new GuestAddress(piece.Address), (ulong)piece.Length)!;
            for (long done = 0; done < piece.Length;)
            {
                var part = (int)Math.Min(piece.Length - done, int.MaxValue);
                piece.Source.Read(piece.Offset + done, block.Bytes(piece.Address + (ulong)done - block.Range.Start, part));
                done += part;
            }
            memory.MarkWritten(new GuestAddress(piece.Address), (ulong)piece.Length);
        }
    }

    public void Dispose()
    {
        foreach (var piece in _pieces) piece.Source.Dispose();
    }

    private void Check(ulong address, ulong length, ImageSource source)
    {
        if (memory.Find(new GuestAddress(address), length) is not null) return;
        var ram = memory.Blocks.Where(b => !b.ReadOnly).MaxBy(b => b.Range.Length)!;
        throw new ConfigurationException($"{source} does not fit in memory: it needs 0x{address:x} to 0x{address + length - 1:x}, and memory is "
            + $"{ram.Range}; give the machine more memory with -m, or link the file to another address");
    }

    private sealed record Piece(ulong Address, ImageSource Source, long Offset, long Length);
}
