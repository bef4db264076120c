using System.Buffers.Binary;
using System.Text;
using Mimus.Boards.Loading;

namespace Mimus.Boards.Pc.Boot;

/// <summary>A kernel of the Multiboot2 Specification, version 2.0.</summary>
internal sealed class Multiboot2Kernel : IKernelProtocol
{
    // The header (3.1)
    private const uint HeaderMagic = 0xe85250d6, ProtectedModeI386 = 0;
    private const int SearchLength = 32768, HeaderLength = 16, Alignment = 8;
    private const ushort EndTag = 0, AddressTag = 2, EntryTag = 3, Optional = 1;
    private static readonly ushort[] s_known = [1, 4, 5, 6, 10]; // requests of information, console and framebuffer wishes, module alignment, relocation

    // What it is told (3.6)
    private const uint LoaderMagic = 0x36d76289;
    private const uint CommandLine = 1, LoaderName = 2, Module = 3, BasicMemory = 4, Map = 6, NewAcpiRoot = 15, OldAcpiRoot = 14;
    private const uint ConventionalKiB = 639;
    private const int MapPadding = 4;

    public KernelStart? TryLoad(ImageSource kernel, BootArea area)
    {
        ReadOnlySpan<byte> data = kernel.Read(0, SearchLength);
        var at = FindHeader(data);
        if (at < 0) return null;
        if (Word(data, at + 4) != ProtectedModeI386) throw new ConfigurationException($"{kernel} is a Multiboot2 kernel for another architecture than x86");
        var length = (int)Math.Min(Word(data, at + 8), int.MaxValue);
        if (length < HeaderLength || length > data.Length - at) throw new ConfigurationException($"{kernel} is cut short: its Multiboot2 header is not whole");
        var (addresses, entry) = ReadTags(kernel, data.Slice(at, length));
        var image = addresses is { } flat ? LoadFlat(kernel, flat, at, area) : area.Loader.LoadElf(kernel, KernelLoader.ElfTarget);
        return new KernelStart(entry ?? (uint)image.Entry, Eax: LoaderMagic, Ebx: area.Place(Describe(area, image)));
    }

    private static int FindHeader(ReadOnlySpan<byte> data)
    {
        for (var at = 0; at + HeaderLength <= data.Length; at += Alignment)
        {
            if (Word(data, at) == HeaderMagic && unchecked(HeaderMagic + Word(data, at + 4) + Word(data, at + 8) + Word(data, at + 12)) == 0) return at;
        }
        return -1;
    }

    private static (Addresses? Addresses, uint? Entry) ReadTags(ImageSource kernel, ReadOnlySpan<byte> header)
    {
        Addresses? addresses = null;
        uint? entry = null;
        for (var at = HeaderLength; at + 8 <= header.Length;)
        {
            ushort type = BinaryPrimitives.ReadUInt16LittleEndian(header[at..]), flags = BinaryPrimitives.ReadUInt16LittleEndian(header[(at + 2)..]);
            var size = Word(header, at + 4);
            if (type == EndTag) break;
            if (size < 8 || size > (uint)(header.Length - at)) throw new ConfigurationException($"{kernel} is damaged: a tag of its Multiboot2 header is longer than the header");
            var tag = header.Slice(at, (int)size);
            if (type == AddressTag && size >= 24) addresses = new Addresses(Word(tag, 8), Word(tag, 12), Word(tag, 16), Word(tag, 20));
            else if (type == EntryTag && size >= 12) entry = Word(tag, 8);
            else if (!s_known.Contains(type) && (flags & Optional) == 0)
                throw new ConfigurationException($"{kernel} is a Multiboot2 kernel that asks for something unknown (tag {type}); it cannot be started");
            at += (int)((size + Alignment - 1) & ~(Alignment - 1u));
        }
        return (addresses, entry);
    }

    private static LoadedImage LoadFlat(ImageSource kernel, Addresses where, int headerAt, BootArea area)
    {
        // 3.1.5: all ones load from the beginning of the file, zero loads to its end.
        var fileAt = where.Start == uint.MaxValue ? 0 : headerAt - ((long)where.Header - where.Start);
        var start = where.Start == uint.MaxValue ? (long)where.Header - headerAt : where.Start;
        var length = where.End == 0 ? kernel.Length - fileAt : where.End - start;
        if (fileAt < 0 || start < 0 || length <= 0 || length > kernel.Length - fileAt)
            throw new ConfigurationException($"{kernel} is cut short or damaged: its Multiboot2 header tells of parts that are not in the file");
        var extent = Math.Max(length, where.ClearEnd == 0 ? 0 : where.ClearEnd - start);
        return area.Loader.LoadPart(kernel, fileAt, length, (ulong)start, (ulong)extent);
    }

    private static byte[] Describe(BootArea area, LoadedImage image)
    {
        var info = new MemoryStream();
        info.Write(new byte[8]); // the total length, and a reserved field
        AddTag(info, CommandLine, Text(area.CommandLine));
        AddTag(info, LoaderName, Text("Mimus"));
        foreach (var (module, text) in area.LoadModules(image.End)) AddTag(info, Module, [.. Words((uint)module.Start, (uint)module.End), .. Text(text)]);
        AddTag(info, BasicMemory, Words(ConventionalKiB, (uint)((area.LowMemoryEnd - PcLayout.RomsEnd) >> 10)));
        AddTag(info, Map, [.. Words(MemoryMapEntry.Size + MapPadding, 0), .. MemoryMapEntry.ToBytes(area.Map, after: MapPadding)]);
        if (area.AcpiRootCopy.Length > 0) AddTag(info, OldAcpiRoot, area.AcpiRootCopy[..Acpi.AcpiTableSet.OldRootLength]);
        if (area.AcpiRootCopy.Length > 0) AddTag(info, NewAcpiRoot, area.AcpiRootCopy);
        AddTag(info, EndTag, []);
        var bytes = info.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length);
        return bytes;
    }

    private static void AddTag(MemoryStream info, uint type, byte[] contents)
    {
        info.Write(Words(type, (uint)contents.Length + 8));
        info.Write(contents);
        info.Write(new byte[-contents.Length & (Alignment - 1)]);
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text + "\0");

    private static byte[] Words(params ReadOnlySpan<uint> values)
    {
        var bytes = new byte[values.Length * sizeof(uint)];
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * sizeof(uint)), values[i]);
        return bytes;
    }

    private static uint Word(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt32LittleEndian(data[at..]);

    /// <summary>Where a file without an ELF header belongs (3.1.5).</summary>
    private readonly record struct Addresses(uint Header, uint Start, uint End, uint ClearEnd);
}
