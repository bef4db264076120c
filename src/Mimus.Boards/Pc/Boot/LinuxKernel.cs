using System.Buffers.Binary;
using Mimus.Boards.Loading;

namespace Mimus.Boards.Pc.Boot;

/// <summary>
/// Linux as a bzImage (Linux, Documentation/arch/x86/boot.rst). It starts at its 64-bit entry where both it and the processor have 64 bits, and else at its
/// 32-bit one, which 64-bit kernels have too: there they say what processor they need.
/// </summary>
internal sealed class LinuxKernel : IKernelProtocol
{
    // The real-mode header, at the same offsets in the file and in the boot parameters
    private const int SetupSectors = 0x1f1, SystemSize = 0x1f4, BootFlag = 0x1fe, HeaderLength = 0x201, Magic = 0x202, Version = 0x206, LoaderType = 0x210,
        LoadFlags = 0x211, RamdiskAddress = 0x218, RamdiskLength = 0x21c, CommandLineAddress = 0x228, HighestInitrd = 0x22c,
        ExtendedLoadFlags = 0x236, CommandLineLength = 0x238, PreferredAddress = 0x258, InitLength = 0x260;
    private const int HeaderStart = SetupSectors, LongestHeader = 0x280;
    private const uint MagicValue = 0x53726448; // "HdrS"
    private const ushort BootFlagValue = 0xaa55, OldestVersion = 0x0206, InitLengthVersion = 0x020a, ExtendedLoadFlagsVersion = 0x020c;
    private const ushort HasLongEntry = 1;
    private const byte LoadedHigh = 1, UnknownLoader = 0xff;
    private const int SectorLength = 512, StandardSetupSectors = 4, SystemUnit = 16;

    // The boot parameters ("zero page", Documentation/arch/x86/zero-page.rst)
    private const int ParametersLength = 4096, AcpiRoot = 0x070, MapCount = 0x1e8, MapTable = 0x2d0, MaximumMapEntries = 128;

    private const uint LoadAddress = 0x10_0000, LongEntry = 0x200; // "64-bit boot protocol"

    public KernelStart? TryLoad(ImageSource kernel, BootArea area)
    {
        ReadOnlySpan<byte> header = kernel.Read(0, LongestHeader);
        if (header.Length < LongestHeader || Word(header, Magic) != MagicValue || Half(header, BootFlag) != BootFlagValue) return null;
        var version = Half(header, Version);
        if (version < OldestVersion || (header[LoadFlags] & LoadedHigh) == 0)
            throw new ConfigurationException($"{kernel} is a Linux kernel of boot protocol {version >> 8}.{version & 0xff:d2}; a bzImage of protocol 2.06 or later (Linux 2.6.22) is needed");

        var sectors = header[SetupSectors] == 0 ? StandardSetupSectors : header[SetupSectors];
        var systemAt = (sectors + 1L) * SectorLength;
        var systemLength = (long)Word(header, SystemSize) * SystemUnit;
        // The unit rounds up: the last one need not be whole.
        if (systemLength == 0 || kernel.Length - systemAt <= systemLength - SystemUnit)
            throw new ConfigurationException($"{kernel} is cut short: its header tells of {systemAt + systemLength} bytes, and it has {kernel.Length}");
        var longest = Word(header, CommandLineLength);
        if ((uint)area.CommandLine.Length > longest)
            throw new ConfigurationException($"the kernel's command line has {area.CommandLine.Length} characters, and {kernel} takes at most {longest}");

        var end = LoadAddress + (ulong)systemLength;
        if (version >= InitLengthVersion) end = Math.Max(end, Math.Max(LoadAddress, BinaryPrimitives.ReadUInt64LittleEndian(header[PreferredAddress..])) + Word(header, InitLength));
        area.Loader.LoadPart(kernel, systemAt, Math.Min(systemLength, kernel.Length - systemAt), LoadAddress, end - LoadAddress);
        var initrd = area.LoadInitrd(Word(header, HighestInitrd) + 1ul, end);

        var parameters = new byte[ParametersLength];
        var headerEnd = Math.Min(Magic + header[HeaderLength], LongestHeader);
        header[HeaderStart..headerEnd].CopyTo(parameters.AsSpan(HeaderStart));
        parameters[LoaderType] = UnknownLoader;
        if (initrd is { } image)
        {
            Set(parameters, RamdiskAddress, (uint)image.Start);
            Set(parameters, RamdiskLength, (uint)(image.End - image.Start));
        }
        Set(parameters, CommandLineAddress, area.Place(area.CommandLine));
        Set(parameters, AcpiRoot, area.AcpiRoot);
        var count = Math.Min(area.Map.Count, MaximumMapEntries);
        parameters[MapCount] = (byte)count;
        MemoryMapEntry.ToBytes([.. area.Map.Take(count)]).CopyTo(parameters, MapTable);
        var place = area.Place(parameters);
        var isLong = area.HasLongMode && version >= ExtendedLoadFlagsVersion && (Half(header, ExtendedLoadFlags) & HasLongEntry) != 0;
        return isLong ? new KernelStart(LoadAddress + LongEntry, Esi: place, Pages: area.PlaceIdentityMap()) : new KernelStart(LoadAddress, Esi: place);
    }

    private static ushort Half(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt16LittleEndian(data[at..]);

    private static uint Word(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt32LittleEndian(data[at..]);

    private static void Set(byte[] parameters, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(parameters.AsSpan(at), value);
}
