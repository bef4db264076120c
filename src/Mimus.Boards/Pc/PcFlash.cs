using Mimus.Boards.Plugging;
using Mimus.Core.Backends;
using Mimus.Core.Memory;
using Mimus.Devices.Storage;

namespace Mimus.Boards.Pc;

/// <summary>
/// The flash of a PC below 4 GiB, from the top down: first that which firmware runs from and nobody programs, then that in which firmware keeps
/// its settings.
/// </summary>
internal sealed class PcFlash : IDeviceBus
{
    /// <summary>How people ask for it.</summary>
    public static readonly DriveInterface Interface = new("pflash", DeviceCatalog.Flash.Name) { Places = Banks };

    private const int Banks = 2;
    private const int Unit = 4096, Longest = 8 << 20;

    public PcFlash(BoardBuilder builder, MachineConfiguration configuration)
    {
        var disks = new IDisk?[Banks];
        foreach (var request in configuration.Devices.Where(d => d.Type == DeviceCatalog.Flash.Name))
        {
            var context = new DeviceContext(request, DeviceCatalog.Flash, DeviceCatalog.Flash.Name, builder, configuration);
            ref var disk = ref disks[context.Number("unit", 0, 0, Banks - 1)];
            if (disk is not null) throw new ConfigurationException("two drives want the same unit of the flash; give them index=0 and index=1");
            disk = context.Disk("drive");
            if (disk.Length is 0 or > Longest || disk.Length % Unit != 0)
                throw new ConfigurationException($"drive '{context.Text("drive")}' has {disk.Length} bytes; flash has a multiple of 4 KiB and at most 8 MiB");
        }
        if (disks[0] is not { } code)
        {
            if (disks[1] is not null) throw new ConfigurationException("flash of unit 1 holds what firmware keeps, and there is no firmware in unit 0; give that with another -drive if=pflash");
            return;
        }
        if (configuration.Firmware != "default") throw new ConfigurationException("both -bios and a drive with if=pflash give firmware; leave one out");
        if (!code.IsReadOnly) throw new ConfigurationException("firmware cannot run from flash that it programs; give its code with readonly=on, and what it keeps in a second drive with if=pflash");
        Firmware = Read(code);
        if (disks[1] is { } settings) AddSettings(builder, settings, PcLayout.FourGiB - (ulong)(code.Length + settings.Length));
    }

    /// <summary>The firmware in flash; null where there is none.</summary>
    public byte[]? Firmware { get; }

    /// <summary>All flash is there from the beginning.</summary>
    public bool TryPlug(DeviceModel model, DeviceRequest request) => model == DeviceCatalog.Flash;

    private static void AddSettings(BoardBuilder builder, IDisk disk, ulong start)
    {
        var range = new AddressRange(start, (ulong)disk.Length);
        var contents = builder.Memory.Add("flash-contents", range, readOnly: true);
        Read(disk).CopyTo(contents.Bytes(0, (int)disk.Length));
        var store = disk.IsReadOnly ? null : new FlashStore(contents, disk, builder.Work, builder.Log);
        builder.Add(new CfiFlash("flash", contents, CfiFlashLayout.Pc, isProtected: disk.IsReadOnly, store), range);
    }

    private static byte[] Read(IDisk disk)
    {
        var contents = new byte[disk.Length];
        disk.ReadAsync(0, contents).AsTask().GetAwaiter().GetResult();
        return contents;
    }
}
