using System.Buffers.Binary;

namespace Mimus.Boards.Loading;

/// <summary>A part of an ELF file that belongs in memory.</summary>
internal sealed record ElfSegment(ulong PhysicalAddress, long FileOffset, long FileLength, ulong MemoryLength);

/// <summary>
/// The loadable parts of a 64-bit little-endian ELF executable (System V ABI, chapter 4 and 5). The file is not trusted:
/// anything wrong with it is a <see cref="FormatException"/>.
/// </summary>
internal sealed class ElfFile
{
    private const int HeaderSize = 64, ProgramHeaderSize = 56;
    private const uint Loadable = 1;
    private const int MaximumSegments = 1024;

    private ElfFile(ulong entry, IReadOnlyList<ElfSegment> segments)
    {
        Entry = entry;
        Segments = segments;
    }

    /// <summary>The entry point as a physical address.</summary>
    public ulong Entry { get; }

    public IReadOnlyList<ElfSegment> Segments { get; }

    public static bool IsElf(ImageSource source) => source.Read(0, 4).AsSpan().SequenceEqual("\u007fELF"u8);

    public static ElfFile Parse(ImageSource source, ushort machine, string machineName)
    {
        ReadOnlySpan<byte> data = source.Read(0, HeaderSize);
        var fileLength = (ulong)source.Length;
        if (data.Length < HeaderSize) throw new FormatException("it is cut short: an ELF header has 64 bytes");
        if (data[4] != 2 || data[5] != 1) throw new FormatException($"it is not a 64-bit little-endian ELF file; {machineName} needs one");
        var fileMachine = Half(data, 18);
        if (fileMachine != machine)
            throw new FormatException($"it was built for another machine (ELF machine {fileMachine}, {machineName} is {machine}); build it with a cross compiler for {machineName}");

        var entry = Long(data, 24);
        var tableAt = Long(data, 32);
        int size = Half(data, 54), count = Half(data, 56);
        if (count == 0) throw new FormatException("it has no program headers; link it as an executable");
        if (size < ProgramHeaderSize || count > MaximumSegments || tableAt > fileLength || (ulong)(size * count) > fileLength - tableAt)
            throw new FormatException("its program headers are outside the file");

        var segments = new List<ElfSegment>();
        ulong? physicalEntry = null;
        ReadOnlySpan<byte> table = source.Read((long)tableAt, size * count);
        for (var i = 0; i < count; i++)
        {
            var header = table[(i * size)..];
            if (Word(header, 0) != Loadable) continue;
            ulong offset = Long(header, 8), virtualAddress = Long(header, 16), physical = Long(header, 24), inFile = Long(header, 32), inMemory = Long(header, 40);
            if (inMemory == 0) continue;
            if (offset > fileLength || inFile > fileLength - offset) throw new FormatException("it is cut short: a segment is outside the file");
            if (inFile > inMemory) throw new FormatException("a segment is larger in the file than in memory");
            if (physical + (inMemory - 1) < physical) throw new FormatException("a segment wraps around the end of the address space");
            if (entry - virtualAddress < inMemory) physicalEntry ??= entry - virtualAddress + physical;
            segments.Add(new ElfSegment(physical, (long)offset, (long)inFile, inMemory));
        }
        if (segments.Count == 0) throw new FormatException("it has nothing to load");
        return new ElfFile(physicalEntry ?? throw new FormatException("its entry point is outside its segments"), segments);
    }

    private static ushort Half(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt16LittleEndian(data[at..]);

    private static uint Word(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt32LittleEndian(data[at..]);

    private static ulong Long(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt64LittleEndian(data[at..]);
}
