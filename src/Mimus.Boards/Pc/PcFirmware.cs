using Mimus.Boards.Loading;

namespace Mimus.Boards.Pc;

/// <summary>The firmware of a PC and that of its display.</summary>
internal sealed class PcFirmware
{
    /// <summary>The BIOS that is part of the program (guests/bios), and SeaBIOS, by the names that people give.</summary>
    private const string OwnName = "mimus", SeaBiosName = "seabios";

    private const string OwnResource = "bios.bin", StandardFile = "bios-256k.bin", DisplayName = "vgabios-stdvga.bin";
    private const int Longest = 16 << 20, Unit = 64 << 10, LongestDisplayRom = 64 << 10;

    private PcFirmware(byte[]? rom, byte[]? displayRom)
    {
        Rom = rom;
        DisplayRom = displayRom;
    }

    /// <summary>What is at the end of the first 4 GiB; null where a kernel is started without firmware.</summary>
    public byte[]? Rom { get; }

    public byte[]? DisplayRom { get; }

    /// <param name="configuration">What was asked for.</param>
    /// <param name="flash">Firmware that is in flash.</param>
    public static PcFirmware Find(MachineConfiguration configuration, byte[]? flash)
    {
        if (flash is not null) return new PcFirmware(flash, null);
        var name = configuration.Firmware;
        if (name == "none" || (name == "default" && configuration.HasKernel))
            return configuration.HasKernel ? new PcFirmware(null, null) : throw new ConfigurationException("a PC without firmware has nothing to start; give a kernel with -kernel, or firmware with -bios");
        if (name == OwnName) return new PcFirmware(ReadOwn(), null);
        var isStandard = name is "default" or SeaBiosName;
        var path = !isStandard && File.Exists(name) ? name : FirmwareFiles.Find(isStandard ? StandardFile : name, configuration.FirmwareFolders);
        if (path is null && name == "default") return new PcFirmware(ReadOwn(), null);
        if (path is null && name == SeaBiosName)
            throw new ConfigurationException($"there is no '{StandardFile}' in the usual places; install SeaBIOS (Debian: seabios), name its folder with -L, or take the built-in BIOS with -bios {OwnName}");
        path ??= name;
        using var source = ImageSource.Open(path, "firmware");
        if (source.Length is 0 or > Longest || source.Length % Unit != 0)
            throw new ConfigurationException($"{source} has {source.Length} bytes; a PC's firmware has a multiple of 64 KiB and at most 16 MiB");
        // The display's own firmware comes with that of the machine, in the same folder.
        var display = FirmwareFiles.Find(DisplayName, [Path.GetDirectoryName(Path.GetFullPath(path))!, .. configuration.FirmwareFolders]);
        return new PcFirmware(source.Read(0, (int)source.Length), display is null ? null : ReadDisplayRom(display));
    }

    private static byte[] ReadOwn()
    {
        using var stream = typeof(PcFirmware).Assembly.GetManifestResourceStream(OwnResource)!;
        var rom = new byte[stream.Length];
        stream.ReadExactly(rom);
        return rom;
    }

    private static byte[] ReadDisplayRom(string path)
    {
        using var source = ImageSource.Open(path, "the display's firmware");
        return source.Read(0, LongestDisplayRom);
    }
}
