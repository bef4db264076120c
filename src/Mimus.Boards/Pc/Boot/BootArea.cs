using System.Runtime.InteropServices;
using System.Text;
using Mimus.Boards.Loading;

namespace Mimus.Boards.Pc.Boot;

/// <summary>What a kernel is told when it starts without firmware, and where in memory that is.</summary>
internal sealed class BootArea(MemoryLoader loader, MachineConfiguration configuration, IReadOnlyList<MemoryMapEntry> map,
    uint acpiRoot, byte[] acpiRootCopy, ulong lowMemoryEnd, bool hasLongMode)
{
    private const ulong PageLength = 4096;
    private const uint Start = 0x90000, End = 0x9f000;

    private uint _next = Start;

    public MemoryLoader Loader { get; } = loader;

    public string CommandLine => configuration.CommandLine;

    public string KernelName => configuration.KernelPath ?? "kernel";

    /// <summary>What memory there is.</summary>
    public IReadOnlyList<MemoryMapEntry> Map { get; } = map;

    /// <summary>Where the ACPI tables' root is; 0 where there are none.</summary>
    public uint AcpiRoot { get; } = acpiRoot;

    /// <summary>What it says.</summary>
    public byte[] AcpiRootCopy { get; } = acpiRootCopy;

    public ulong LowMemoryEnd { get; } = lowMemoryEnd;

    /// <summary>Whether the processor can begin in long mode.</summary>
    public bool HasLongMode { get; } = hasLongMode;

    /// <summary>Puts data below 1 MiB, where every kernel leaves it until it has read it.</summary>
    public uint Place(byte[] data)
    {
        var address = _next;
        if (data.Length > End - address)
            throw new ConfigurationException($"the kernel's command line and lists of memory do not fit in {(End - Start) >> 10} KiB; shorten the command line");
        if (data.Length > 0) Loader.LoadOwn(data, address);
        _next = (uint)((address + data.Length + 15) & ~15L);
        return address;
    }

    /// <summary>Puts page tables there with which all addresses below 4 GiB are what they say (SDM volume 3, 4.5: pages of 2 MiB); where the highest level is.</summary>
    public uint PlaceIdentityMap()
    {
        const int Gigabytes = 4, Entries = 512, TableLength = Entries * sizeof(ulong), PageShift = 21;
        const ulong PresentAndWritable = 3, LargePage = 1 << 7;
        _next = (uint)AlignToPage(_next);
        var root = _next;
        var tables = new ulong[(2 + Gigabytes) * Entries];
        tables[0] = (root + TableLength) | PresentAndWritable;
        for (var i = 0; i < Gigabytes; i++) tables[Entries + i] = (root + (ulong)((2 + i) * TableLength)) | PresentAndWritable;
        for (var i = 0; i < Gigabytes * Entries; i++) tables[2 * Entries + i] = (ulong)i << PageShift | PresentAndWritable | LargePage;
        return Place(MemoryMarshal.AsBytes<ulong>(tables).ToArray());
    }

    public uint Place(string text) => Place(Encoding.UTF8.GetBytes(text + "\0"));

    /// <summary>Loads the initial RAM disk, if there is one, as high as it may be.</summary>
    public LoadedImage? LoadInitrd(ulong highest, ulong kernelEnd)
    {
        if (configuration.InitrdPath is not { } path) return null;
        var source = ImageSource.Open(path, "initial RAM disk");
        var end = Math.Min(LowMemoryEnd, highest);
        var length = (ulong)source.Length;
        var at = length <= end ? (end - length) & ~(PageLength - 1) : 0;
        if (at < kernelEnd) throw new ConfigurationException($"{source} does not fit in memory beside the kernel; give the machine more memory with -m");
        return Loader.LoadRaw(source, at);
    }

    /// <summary>Loads the modules of a Multiboot kernel: <c>-initrd "FILE ARGUMENTS,FILE ARGUMENTS"</c>.</summary>
    public IReadOnlyList<(LoadedImage Image, string CommandLine)> LoadModules(ulong kernelEnd)
    {
        var modules = new List<(LoadedImage, string)>();
        var at = AlignToPage(kernelEnd);
        foreach (var text in (configuration.InitrdPath ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var space = text.IndexOf(' ', StringComparison.Ordinal);
            var image = Loader.LoadRaw(ImageSource.Open(space < 0 ? text : text[..space], "module"), at);
            modules.Add((image, text));
            at = AlignToPage(image.End);
        }
        return modules;
    }

    private static ulong AlignToPage(ulong address) => (address + PageLength - 1) & ~(PageLength - 1);
}
