using System.Buffers.Binary;
using Mimus.Boards.Loading;

namespace Mimus.Boards.Pc.Boot;

/// <summary>A kernel of the Multiboot Specification, version 0.6.96.</summary>
internal sealed class MultibootKernel : IKernelProtocol
{
    // The header (3.1)
    private const uint HeaderMagic = 0x1badb002, HasAddresses = 1 << 16;
    private const uint KnownRequirements = 0b111; // modules on pages, memory information, and a video mode, which is a wish
    private const uint Requirements = 0xffff;
    private const int SearchLength = 8192, HeaderLength = 48;

    // What it is told (3.3)
    private const uint LoaderMagic = 0x2badb002;
    private const uint MemoryFlag = 1 << 0, CommandLineFlag = 1 << 2, ModulesFlag = 1 << 3, MapFlag = 1 << 6, LoaderNameFlag = 1 << 9;
    private const int InfoLength = 116, ModuleLength = 16;
    private const uint ConventionalKiB = 639, EntryLengthField = MemoryMapEntry.Size;

    public KernelStart? TryLoad(ImageSource kernel, BootArea area)
    {
        ReadOnlySpan<byte> data = kernel.Read(0, SearchLength);
        var at = FindHeader(data);
        if (at < 0) return null;
        var header = data[at..];
        var flags = Word(header, 4);
        if ((flags & Requirements & ~KnownRequirements) != 0)
            throw new ConfigurationException($"{kernel} is a Multiboot kernel that asks for something unknown (flags 0x{flags:x}); it cannot be started");
        var image = (flags & HasAddresses) != 0 ? LoadFlat(kernel, header, at, area) : area.Loader.LoadElf(kernel, KernelLoader.ElfTarget);

        var info = new byte[InfoLength];
        Set(info, 0, MemoryFlag | CommandLineFlag | ModulesFlag | MapFlag | LoaderNameFlag);
        Set(info, 4, ConventionalKiB);
        Set(info, 8, (uint)((area.LowMemoryEnd - PcLayout.RomsEnd) >> 10));
        Set(info, 16, area.Place($"{area.KernelName} {area.CommandLine}".TrimEnd()));
        var modules = area.LoadModules(image.End);
        var list = new byte[modules.Count * ModuleLength];
        for (var i = 0; i < modules.Count; i++)
        {
            Set(list, i * ModuleLength, (uint)modules[i].Image.Start);
            Set(list, (i * ModuleLength) + 4, (uint)modules[i].Image.End);
            Set(list, (i * ModuleLength) + 8, area.Place(modules[i].CommandLine));
        }
        Set(info, 20, (uint)modules.Count);
        Set(info, 24, area.Place(list));
        var map = MemoryMapEntry.ToBytes(area.Map, before: sizeof(uint));
        for (var i = 0; i < map.Length; i += (int)EntryLengthField + sizeof(uint)) Set(map, i, EntryLengthField);
        Set(info, 44, (uint)map.Length);
        Set(info, 48, area.Place(map));
        Set(info, 64, area.Place("Mimus"));
        return new KernelStart((uint)image.Entry, Eax: LoaderMagic, Ebx: area.Place(info));
    }

    private static int FindHeader(ReadOnlySpan<byte> data)
    {
        for (var at = 0; at + 12 <= data.Length; at += sizeof(uint))
        {
            if (Word(data, at) == HeaderMagic && unchecked(HeaderMagic + Word(data, at + 4) + Word(data, at + 8)) == 0) return at;
        }
        return -1;
    }

    /// <summary>Loads a file whose header says where it belongs (3.1.3).</summary>
    private static LoadedImage LoadFlat(ImageSource kernel, ReadOnlySpan<byte> header, int headerAt, BootArea area)
    {
        if (header.Length < HeaderLength - 16) throw new ConfigurationException($"{kernel} is cut short: its Multiboot header is not whole");
        uint headerAddress = Word(header, 12), start = Word(header, 16), end = Word(header, 20), clearEnd = Word(header, 24), entry = Word(header, 28);
        var fileAt = headerAt - ((long)headerAddress - start);
        var length = end == 0 ? kernel.Length - fileAt : (long)end - start;
        if (fileAt < 0 || start > headerAddress || length <= 0 || length > kernel.Length - fileAt)
            throw new ConfigurationException($"{kernel} is cut short or damaged: its Multiboot header tells of parts that are not in the file");
        var extent = Math.Max(length, clearEnd == 0 ? 0 : (long)clearEnd - start);
        return area.Loader.LoadPart(kernel, fileAt, length, start, (ulong)extent) with { Entry = entry };
    }

    private static uint Word(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt32LittleEndian(data[at..]);

    private static void Set(byte[] data, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(at), value);
}
