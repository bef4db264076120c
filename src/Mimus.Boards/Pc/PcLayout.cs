using Mimus.Core.Memory;
using Mimus.Devices.Display;
using Mimus.Devices.Firmware;
using Mimus.Devices.Input;
using Mimus.Devices.Interrupts;
using Mimus.Devices.Storage;
using Mimus.Devices.Timers;

namespace Mimus.Boards.Pc;

/// <summary>Addresses, ports and interrupts that PCs have in common, as QEMU has them.</summary>
public static class PcLayout
{
    /// <summary>Conventional memory ends here, and the screen begins.</summary>
    public const ulong Screen = 0xa0000;

    /// <summary>Conventional memory that firmware keeps for itself begins here.</summary>
    public const ulong ExtendedBiosData = 0x9fc00;

    /// <summary>Where ROMs are below 1 MiB, and memory behind them.</summary>
    public const ulong Roms = 0xc0000, RomsEnd = 0x100000;

    /// <summary>The firmware's place below 1 MiB, for its last 128 KiB.</summary>
    public const ulong LowFirmware = 0xe0000;

    public const ulong FourGiB = 1ul << 32;

    public static readonly AddressRange ScreenWindow = new(Screen, VgaAdapter.MemoryLength);
    public static readonly AddressRange IoApic = new(0xfec0_0000, 0x1000);
    public static readonly AddressRange EventTimer = new(0xfed0_0000, Hpet.Size);
    public static readonly AddressRange LocalApic = new(0xfee0_0000, 0x1000);

    public const byte IoApicId = 0;

    // Where the board itself puts what firmware would tell
    public const uint AcpiTables = 0xe0000, AcpiRoot = 0xf0000, SmbiosAnchor = 0xf0040, SmbiosTables = 0xf0080;

    // Ports
    public static readonly PortRange[] Dma = [new(0x00, 16, IsaDma.FirstOffset), new(0xc0, 32, IsaDma.SecondOffset), new(0x81, 15, IsaDma.PageOffset + 1)];
    public static readonly PortRange[] Pics = [new(0x20, 2, PicPair.MasterOffset), new(0xa0, 2, PicPair.SlaveOffset), new(0x4d0, 2, PicPair.TriggerOffset)];
    public static readonly PortRange[] Pit = [new(0x40, 4), new(0x61, 1, Pit8254.SystemControlOffset)];
    public static readonly PortRange[] Keyboard =
        [new(0x60, 1, KeyboardController.DataOffset), new(0x64, 1, KeyboardController.CommandOffset), new(0x92, 1, KeyboardController.SystemControlOffset)];
    public static readonly PortRange[] Clock = [new(0x70, 2, CmosClock.StandardOffset), new(0x72, 2, CmosClock.ExtendedOffset)];
    public static readonly PortRange[] PostCode = [new(0x80, 1)];
    public static readonly PortRange PowerCommand = new(PowerCommandPort, 2, AcpiPowerManagement.CommandOffset);
    public static readonly PortRange[] PrimaryIde = [new(0x1f0, 8, IdeChannel.CommandOffset, 4), new(0x3f6, 1, IdeChannel.ControlOffset)];
    public static readonly PortRange[] SecondaryIde = [new(0x170, 8, IdeChannel.CommandOffset, 4), new(0x376, 1, IdeChannel.ControlOffset)];
    public static readonly PortRange[] Floppy = [new(0x3f0, 6), new(0x3f7, 1, 7)];
    public static readonly PortRange[] FirmwareConfiguration =
    [
        new(0x510, 2, Devices.Firmware.FirmwareConfiguration.SelectorOffset, 2), // and the data at its second port
        new(0x514, 8, Devices.Firmware.FirmwareConfiguration.DmaOffset, 4),
    ];
    public static readonly PortRange[] PciConfiguration = [new(0xcf8, 8, 0, 4)];
    public const int PowerCommandPort = 0xb2, ResetPort = 0xcf9;

    /// <summary>Where firmware usually puts the chip set's power management, and how many ports that has.</summary>
    public const int StandardPowerBase = 0x600, PowerPorts = 64;

    public const int DisplayPorts = 0x3b0, ExtendedDisplayPorts = 0x1ce;
    public static readonly int[] SerialPorts = [0x3f8, 0x2f8, 0x3e8, 0x2e8];

    // Interrupts
    public const int TimerIrq = 0, KeyboardIrq = 1, FloppyIrq = 6, ClockIrq = 8, PowerIrq = 9, MouseIrq = 12, PrimaryIdeIrq = 14, SecondaryIdeIrq = 15;
    public static readonly int[] SerialIrqs = [4, 3, 4, 3];

    /// <summary>The interrupts that firmware gives to the wires of the PCI bus.</summary>
    public static readonly int[] PciIrqs = [10, 10, 11, 11];
}
