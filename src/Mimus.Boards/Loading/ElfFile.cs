using System.Buffers.Binary;
using System.Text;

namespace Mimus.Boards.Loading;

/// <summary>A part of an ELF file that belongs in memory.</summary>
internal sealed record ElfSegment(ulong PhysicalAddress, long FileOffset, long FileLength, ulong MemoryLength);

/// <summary>
/// The loadable parts of a little-endian ELF executable (System V ABI, chapter 4 and 5). The file is not trusted: anything wrong with it is
/// a <see cref="FormatException"/>.
/// </summary>
internal sealed class ElfFile
{
    private const int IdentityLength = 16, LongestHeader = 64;
    private const byte Is32Bit = 1, Is64Bit = 2, LittleEndian = 1;
    private const uint Loadable = 1, Notes = 4;
    private const int MaximumSegments = 1024, MaximumNotes = 64 << 10;

    private readonly ImageSource _source;
    private readonly List<ElfSegment> _segments = [];
    private readonly List<ElfSegment> _notes = [];

    private ElfFile(ImageSource source) => _source = source;

    /// <summary>The entry point as a physical address.</summary>
    public ulong Entry { get; private set; }

    public IReadOnlyList<ElfSegment> Segments => _segments;

    public static bool IsElf(ImageSource source) => source.Read(0, 4).AsSpan().SequenceEqual("\u007fELF"u8);

    public static ElfFile Parse(ImageSource source, ElfTarget target)
    {
        ReadOnlySpan<byte> data = source.Read(0, LongestHeader);
        var fileLength = (ulong)source.Length;
        if (data.Length < IdentityLength) throw new FormatException("it is cut short: an ELF header has 64 bytes");
        var isWide = data[4] == Is64Bit;
        if (data[5] != LittleEndian || !(isWide || (data[4] == Is32Bit && target.Machine32 is not null)))
            throw new FormatException($"it is not a {(target.Machine32 is null ? "64-bit " : "")}little-endian ELF file; {target.Name} needs one");
        if (data.Length < (isWide ? LongestHeader : 52)) throw new FormatException("it is cut short: an ELF header has 64 bytes");
        var machine = Half(data, 18);
        if (machine != target.Machine && machine != target.Machine32)
            throw new FormatException($"it was built for another machine (ELF machine {machine}, {target.Name} is {target.Machine}); build it with a cross compiler for {target.Name}");

        var entry = isWide ? Long(data, 24) : Word(data, 24);
        var tableAt = isWide ? Long(data, 32) : Word(data, 28);
        int size = Half(data, isWide ? 54 : 42), count = Half(data, isWide ? 56 : 44);
        if (count == 0) throw new FormatException("it has no program headers; link it as an executable");
        if (size < (isWide ? 56 : 32) || count > MaximumSegments || tableAt > fileLength || (ulong)(size * count) > fileLength - tableAt)
            throw new FormatException("its program headers are outside the file");

        var file = new ElfFile(source);
        ReadOnlySpan<byte> table = source.Read((long)tableAt, size * count);
        ulong? physicalEntry = null;
        for (var i = 0; i < count; i++)
        {
            var header = table[(i * size)..];
            var kind = Word(header, 0);
            if (kind is not (Loadable or Notes)) continue;
            var (offset, virtualAddress, physical, inFile, inMemory) = isWide
                ? (Long(header, 8), Long(header, 16), Long(header, 24), Long(header, 32), Long(header, 40))
                : (Word(header, 4), Word(header, 8), Word(header, 12), Word(header, 16), Word(header, 20));
            if (offset > fileLength || inFile > fileLength - offset) throw new FormatException("it is cut short: a segment is outside the file");
            var segment = new ElfSegment(physical, (long)offset, (long)inFile, inMemory);
            if (kind == Notes) file._notes.Add(segment);
            if (kind == Notes || inMemory == 0) continue;
            if (inFile > inMemory) throw new FormatException("a segment is larger in the file than in memory");
            if (physical + (inMemory - 1) < physical) throw new FormatException("a segment wraps around the end of the address space");
            if (entry - virtualAddress < inMemory) physicalEntry ??= entry - virtualAddress + physical;
            file._segments.Add(segment);
        }
        if (file._segments.Count == 0) throw new FormatException("it has nothing to load");
        file.Entry = physicalEntry ?? throw new FormatException("its entry point is outside its segments");
        return file;
    }

    /// <summary>The contents of a note, or null.</summary>
    public byte[]? FindNote(string name, uint type)
    {
        var wanted = Encoding.ASCII.GetBytes(name + "\0");
        foreach (var segment in _notes)
        {
            var notes = _source.Read(segment.FileOffset, (int)Math.Min(segment.FileLength, MaximumNotes));
            for (var at = 0; notes.Length - at >= 12;)
            {
                uint nameLength = Word(notes, at), length = Word(notes, at + 4), kind = Word(notes, at + 8);
                var contents = at + 12 + Padded(nameLength);
                var end = contents + Padded(length);
                if (end > notes.Length) break;
                if (kind == type && notes.AsSpan(at + 12, (int)nameLength).SequenceEqual(wanted)) return notes[(int)contents..(int)(contents + length)];
                at = (int)end;
            }
        }
        return null;
    }

    private static long Padded(uint length) => (length + 3L) & ~3L;

    private static ushort Half(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt16LittleEndian(data[at..]);

    private static uint Word(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt32LittleEndian(data[at..]);

    private static ulong Long(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt64LittleEndian(data[at..]);
}
