namespace Mimus.Boards.Pc;

/// <summary>Numbers of what firmware asks a PC for ("QEMU Firmware Configuration Device").</summary>
internal static class FirmwareItems
{
    public const ushort MemoryBytes = 0x03, Cpus = 0x05, MaximumCpus = 0x0f;
}
