namespace Mimus.Boards.Pc;

/// <summary>Numbers of what firmware asks a PC for ("QEMU Firmware Configuration Device").</summary>
internal static class FirmwareItems
{
    public const ushort MemoryBytes = 0x03, Cpus = 0x05, MaximumCpus = 0x0f;

    /// <summary>The file with the display's firmware; the name stands for its place on the bus.</summary>
    public const string DisplayRom = "pci1234,1111.rom";
}
