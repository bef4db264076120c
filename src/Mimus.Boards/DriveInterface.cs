using System.Globalization;

namespace Mimus.Boards;

/// <summary>A way in which a board takes disks, as <c>-drive if=NAME</c> asks for it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Disk">The device that a disk becomes.</param>
public sealed record DriveInterface(string Name, string Disk)
{
    /// <summary>The device that a CD becomes; null where there are none.</summary>
    public string? CdRom { get; init; }

    /// <summary>How many places there are; 0 where a device takes any place that is free.</summary>
    public int Places { get; init; }

    /// <summary>The buses of its places, two on each; null where they are on none.</summary>
    public string? Bus { get; init; }

    /// <summary>A request for a drive, in the place of a number.</summary>
    public DeviceRequest Request(string drive, bool isCdRom, int index)
    {
        var type = !isCdRom ? Disk : CdRom ?? throw new ConfigurationException($"drive '{drive}': there are no CDs with if={Name}");
        var properties = new Dictionary<string, string> { ["drive"] = drive };
        if (Places > 0)
        {
            if (index >= Places) throw new ConfigurationException($"drive '{drive}': index {index} is not there; if={Name} has 0 to {Places - 1}");
            if (Bus is not null) properties["bus"] = string.Create(CultureInfo.InvariantCulture, $"{Bus}.{index / 2}");
            properties["unit"] = (Bus is null ? index : index % 2).ToString(CultureInfo.InvariantCulture);
        }
        return new DeviceRequest(type, properties);
    }
}
