using System.Globalization;
using Mimus.Boards;
using Mimus.Storage.Files;
using Mimus.Storage.Formats;

namespace Mimus.Cli.Qemu;

/// <summary>Options that give the machine disks.</summary>
internal static class BlockOptions
{
    public static OptionRow[] Rows { get; } =
    [
        new("drive", "file=FILE[,if=none|virtio|ide|floppy|pflash][,index=N][,media=disk|cdrom][,id=ID][,format=raw|qcow2][,readonly=on][,follow=on][,backing.file.filename=FILE][,cache=MODE]", "a disk; if=none leaves it to a -device that names its id; follow=on opens the files that a qcow2 image names", AddDrive),
        new("blockdev", "driver=raw|qcow2|file,node-name=NAME,...", "a block node, as key=value or JSON, for a -device that names it", AddNode),
        new("hda", "FILE", "the first disk", (r, a) => AddDiskFile(r, 0, a)),
        new("hdb", "FILE", "the second disk", (r, a) => AddDiskFile(r, 1, a)),
        new("hdc", "FILE", "the third disk", (r, a) => AddDiskFile(r, 2, a)),
        new("hdd", "FILE", "the fourth disk", (r, a) => AddDiskFile(r, 3, a)),
        new("cdrom", "FILE", "a CD in its drive", (r, a) => r.Drives.Add(new DriveRequest(null, a) { Index = CdRomIndex, IsCdRom = true, IsReadOnly = true })),
        new("fda", "FILE", "the first diskette", (r, a) => r.Drives.Add(new DriveRequest(null, a) { Interface = Floppy, Index = 0 })),
        new("fdb", "FILE", "the second diskette", (r, a) => r.Drives.Add(new DriveRequest(null, a) { Interface = Floppy, Index = 1 })),
        new("snapshot", "", "what the guest writes to disks is gone at the end", (r, _) => r.IsSnapshot = true),
    ];

    /// <summary>The interface of no device: a -device names the drive.</summary>
    public const string NoInterface = "none";

    private const string Floppy = "floppy";
    private const int CdRomIndex = 2, UnitsPerBus = 2;

    public static void AddDiskFile(QemuRequest request, int index, string path)
    {
        var id = "hd" + index.ToString(CultureInfo.InvariantCulture);
        if (request.Drives.Exists(d => d.Id == id)) throw new ConfigurationException($"'{path}' is a second image for disk {index}; use -drive file={path},if=virtio for more disks");
        request.Drives.Add(new DriveRequest(id, path) { Index = index });
    }

    private static void AddDrive(QemuRequest request, string argument)
    {
        var properties = PropertyList.Parse("-drive", argument);
        var path = properties.Require("file");
        var kind = properties.Take("if");
        var format = Format(properties.Take("format"));
        var cache = TakeCache(properties);
        var follows = properties.TakeSwitch("follow", false);
        var backing = properties.Take("backing.file.filename");
        var isCdRom = properties.TakeOneOf("media", "disk", "disk", "cdrom") == "cdrom";
        var index = properties.TakeCount("index", -1);
        int bus = properties.TakeCount("bus", -1), unit = properties.TakeCount("unit", -1);
        if (index < 0 && (bus >= 0 || unit >= 0)) index = (Math.Max(bus, 0) * UnitsPerBus) + Math.Max(unit, 0);
        IgnoreHostHints(properties);
        properties.Ignore("werror", "rerror", "copy-on-read");
        var id = properties.Take("id");
        var readOnly = properties.TakeSwitch("readonly", false) | properties.TakeSwitch("read-only", false);
        var temporary = properties.TakeSwitch("snapshot", false);
        properties.Finish();
        if (id is not null && request.Drives.Exists(d => d.Id == id)) throw new ConfigurationException($"-drive: id '{id}' is given twice; give each drive its own");
        request.Drives.Add(new DriveRequest(id, path)
        {
            Interface = kind,
            Index = index < 0 ? null : index,
            IsCdRom = isCdRom,
            IsReadOnly = readOnly || isCdRom,
            IsTemporary = temporary,
            Format = format,
            Follows = follows,
            BackingPath = backing,
            Cache = cache,
        });
    }

    private static void AddNode(QemuRequest request, string argument)
    {
        var properties = PropertyList.Parse("-blockdev", argument, "driver");
        var name = properties.Require("node-name");
        var driver = properties.TakeOneOf("driver", "", "raw", "qcow2", "file", "host_device");
        var follows = properties.TakeSwitch("follow", false);
        var readOnly = properties.TakeSwitch("read-only", false);
        IgnoreHostHints(properties);
        string? path = null, below = null;
        if (driver is "file" or "host_device") path = properties.Require("filename");
        else if (properties.Take("file") is { } node) below = node;
        else
        {
            properties.TakeOneOf("file.driver", "file", "file", "host_device");
            path = properties.Require("file.filename");
            properties.Ignore("file.locking", "file.aio", "file.node-name", "file.cache.direct", "file.cache.no-flush", "file.read-only", "file.auto-read-only", "file.discard");
        }
        properties.Ignore("cache");
        properties.Finish();
        if (!request.Nodes.TryAdd(name, new BlockNode(path, below, readOnly) { Format = driver is "raw" or "qcow2" ? driver : null, Follows = follows }))
            throw new ConfigurationException($"-blockdev: node '{name}' is given twice; give each node its own name");
    }

    private static string? Format(string? name) => name is null || ImageFormats.Known.Contains(name)
        ? name
        : throw new ConfigurationException($"-drive: 'format' cannot be '{name}'{Suggestion.For(name, ImageFormats.Known)}; it is {string.Join(" or ", ImageFormats.Known)}");

    private static CacheMode TakeCache(PropertyList properties) =>
        CacheModes.ByName[properties.TakeOneOf("cache", "writeback", [.. CacheModes.ByName.Keys])];

    /// <summary>Advice on how the host should do its work; all of it is done the one safe way.</summary>
    private static void IgnoreHostHints(PropertyList properties) =>
        properties.Ignore("cache.direct", "cache.no-flush", "cache.writeback", "aio", "discard", "detect-zeroes", "locking", "auto-read-only");
}
