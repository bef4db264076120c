using System.Buffers.Binary;
using System.Globalization;

namespace Mimus.Boards.Smbios;

/// <summary>What a machine says of itself in SMBIOS (DMTF DSP0134 3.6, chapter 7), with what the person who asked for it says instead.</summary>
internal sealed class SmbiosTables
{
    /// <summary>The names of the files that firmware reads.</summary>
    public const string AnchorFile = "etc/smbios/smbios-anchor", TablesFile = "etc/smbios/smbios-tables";

    private const string Maker = "Mimus";
    private const ulong MiB = 1 << 20, GiB = 1 << 30;
    private const int AnchorLength = 31, IntermediateStart = 16;
    private const ushort MemoryHandle = 0x1000;
    private const ushort Unknown = 0xfffe, SizeIsExtended = 0x7fff;

    /// <summary>What can be said of each type.</summary>
    private static readonly Dictionary<int, string[]> s_properties = new()
    {
        [0] = ["vendor", "version", "date", "release", "uefi"],
        [1] = ["manufacturer", "product", "version", "serial", "uuid", "sku", "family"],
        [3] = ["manufacturer", "version", "serial", "asset", "sku"],
        [4] = ["sock_pfx", "manufacturer", "version", "serial", "asset", "part"],
        [17] = ["loc_pfx", "bank", "manufacturer", "serial", "asset", "part"],
    };

    private readonly MachineConfiguration _configuration;
    private readonly string _board;
    private readonly List<byte[]> _records = [];
    private ushort _handle;

    public SmbiosTables(MachineConfiguration configuration, string board)
    {
        _configuration = configuration;
        _board = board;
        foreach (var request in configuration.Smbios) Check(request);
        AddFirmware();
        AddSystem();
        AddEnclosure();
        for (var i = 0; i < configuration.Cpus; i++) AddProcessor(i);
        AddMemory();
        Add(New(32, 11)); // booted without an error
        Add(New(127, 4));
    }

    /// <summary>All structures.</summary>
    public byte[] Tables => [.. _records.SelectMany(r => r)];

    /// <summary>The entry point (5.2.1) to the structures at an address; firmware sets another address and the checksums.</summary>
    public byte[] Anchor(uint address)
    {
        var anchor = new byte[AnchorLength];
        "_SM_"u8.CopyTo(anchor);
        anchor[5] = AnchorLength;
        anchor[6] = 2;
        anchor[7] = 8;
        BinaryPrimitives.WriteUInt16LittleEndian(anchor.AsSpan(8), (ushort)_records.Max(r => r.Length));
        "_DMI_"u8.CopyTo(anchor.AsSpan(IntermediateStart));
        BinaryPrimitives.WriteUInt16LittleEndian(anchor.AsSpan(22), (ushort)_records.Sum(r => r.Length));
        BinaryPrimitives.WriteUInt32LittleEndian(anchor.AsSpan(24), address);
        BinaryPrimitives.WriteUInt16LittleEndian(anchor.AsSpan(28), (ushort)_records.Count);
        anchor[30] = 0x28;
        anchor[21] = Checksum(anchor.AsSpan(IntermediateStart));
        anchor[4] = Checksum(anchor);
        return anchor;
    }

    private void AddFirmware()
    {
        var said = Said(0);
        var record = New(0, 24).Text(4, said("vendor") ?? Maker).Text(5, said("version") ?? "1").Text(8, said("date") ?? "01/01/2026")
            .Set(6, 2, 0xe800).Set(10, 8, 0x08) /* characteristics are not told */ .Set(19, 1, said("uefi") == "on" ? 0x1cu : 0x14);
        var release = (said("release") ?? "0.0").Split('.');
        if (release.Length != 2 || !byte.TryParse(release[0], CultureInfo.InvariantCulture, out var major) || !byte.TryParse(release[1], CultureInfo.InvariantCulture, out var minor))
            throw new ConfigurationException($"-smbios type=0: release '{said("release")}' is not of the form 1.0");
        Add(record.Set(20, 1, major).Set(21, 1, minor).Set(22, 2, ushort.MaxValue));
    }

    private void AddSystem()
    {
        const int PowerSwitch = 6;
        var said = Said(1);
        var uuid = Guid.Empty;
        var text = said("uuid") ?? _configuration.Uuid;
        if (text is not null && !Guid.TryParseExact(text, "D", out uuid)) throw new ConfigurationException($"'{text}' is no UUID; it has the form 550e8400-e29b-41d4-a716-446655440000");
        Add(New(1, 27).Text(4, said("manufacturer") ?? Maker).Text(5, said("product") ?? _board).Text(6, said("version") ?? "1").Text(7, said("serial"))
            .Bytes(8, uuid.ToByteArray()).Set(24, 1, PowerSwitch).Text(25, said("sku")).Text(26, said("family")));
    }

    private void AddEnclosure()
    {
        const int Other = 1, Safe = 3, NoSecurity = 2;
        var said = Said(3);
        Add(New(3, 22).Text(4, said("manufacturer") ?? Maker).Set(5, 1, Other).Text(6, said("version") ?? _board).Text(7, said("serial")).Text(8, said("asset"))
            .Set(9, 1, Safe).Set(10, 1, Safe).Set(11, 1, Safe).Set(12, 1, NoSecurity).Text(21, said("sku")));
    }

    private void AddProcessor(int index)
    {
        const int CentralProcessor = 3, OtherFamily = 1, EnabledAndPopulated = 0x41, OtherUpgrade = 1, None = 0xffff;
        const int Megahertz = 2000;
        var said = Said(4);
        Add(New(4, 42).Text(4, string.Create(CultureInfo.InvariantCulture, $"{said("sock_pfx") ?? "CPU"} {index}")).Set(5, 1, CentralProcessor).Set(6, 1, OtherFamily)
            .Text(7, said("manufacturer") ?? Maker).Text(16, said("version") ?? _board).Set(20, 2, Megahertz).Set(22, 2, Megahertz).Set(24, 1, EnabledAndPopulated)
            .Set(25, 1, OtherUpgrade).Set(26, 2, None).Set(28, 2, None).Set(30, 2, None).Text(32, said("serial")).Text(33, said("asset")).Text(34, said("part"))
            .Set(35, 1, 1).Set(36, 1, 1).Set(37, 1, 1).Set(38, 2, 2).Set(40, 2, OtherFamily));
    }

    /// <summary>One array with one module, at all the addresses that memory has.</summary>
    private void AddMemory()
    {
        const int Other = 1, SystemMemory = 3, MultiBit = 6, OneModule = 1, Dimm = 9, Ram = 7;
        const uint UseExtendedKiB = 0x8000_0000;
        var said = Said(17);
        var bytes = _configuration.MemoryBytes;
        var array = New(16, 23, MemoryHandle).Set(4, 1, Other).Set(5, 1, SystemMemory).Set(6, 1, MultiBit).Set(11, 2, Unknown).Set(13, 2, OneModule);
        Add(bytes >> 10 < UseExtendedKiB ? array.Set(7, 4, bytes >> 10) : array.Set(7, 4, UseExtendedKiB).Set(15, 8, bytes));
        var module = New(17, 40, MemoryHandle + 0x100).Set(4, 2, MemoryHandle).Set(6, 2, Unknown).Set(8, 2, ushort.MaxValue).Set(10, 2, ushort.MaxValue)
            .Set(14, 1, Dimm).Text(16, (said("loc_pfx") ?? "DIMM") + " 0").Text(17, said("bank")).Set(18, 1, Ram).Set(19, 2, 2)
            .Text(23, said("manufacturer") ?? Maker).Text(24, said("serial")).Text(25, said("asset")).Text(26, said("part"));
        Add(bytes / MiB < SizeIsExtended ? module.Set(12, 2, bytes / MiB) : module.Set(12, 2, SizeIsExtended).Set(28, 4, bytes / MiB));
        Add(New(19, 31, MemoryHandle + 0x200).Set(4, 4, 0).Set(8, 4, Math.Min(bytes, 4 * 1024 * GiB - 1024) / 1024 - 1).Set(12, 2, MemoryHandle).Set(14, 1, OneModule));
    }

    private SmbiosRecord New(byte type, int length, ushort? handle = null) => new(type, handle ?? _handle++, length);

    private void Add(SmbiosRecord record) => _records.Add(record.ToArray());

    /// <summary>What was said of a type, the last word last.</summary>
    private Func<string, string?> Said(int type) => property =>
        _configuration.Smbios.LastOrDefault(r => r.Type == type && r.Properties.ContainsKey(property))?.Properties[property];

    private static void Check(SmbiosRequest request)
    {
        if (!s_properties.TryGetValue(request.Type, out var known))
            throw new ConfigurationException($"-smbios type={request.Type} cannot be changed; types are {string.Join(", ", s_properties.Keys)}");
        foreach (var property in request.Properties.Keys)
        {
            if (!known.Contains(property))
                throw new ConfigurationException($"-smbios type={request.Type} has no property '{property}'{Suggestion.For(property, known)}; it has {string.Join(", ", known)}");
        }
    }

    private static byte Checksum(ReadOnlySpan<byte> bytes)
    {
        byte sum = 0;
        foreach (var value in bytes) sum += value;
        return (byte)-sum;
    }
}
