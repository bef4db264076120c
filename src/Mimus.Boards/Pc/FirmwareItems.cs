using Mimus.Boards.Acpi;
using Mimus.Boards.Smbios;
using Mimus.Devices.Firmware;

namespace Mimus.Boards.Pc;

/// <summary>What firmware asks a PC for ("QEMU Firmware Configuration Device").</summary>
internal static class FirmwareItems
{
    private const ushort Uuid = 0x02, MemoryBytes = 0x03, NoGraphic = 0x04, Cpus = 0x05, BootMenu = 0x0e, MaximumCpus = 0x0f;
    private const string MemoryMapFile = "etc/e820", SleepStatesFile = "etc/system-states", BootFailFile = "etc/boot-fail-wait", SerialConsoleFile = "etc/sercon-port";

    // S3, S4 and S5, with a bit for those that the machine has
    private const byte HasState = 0x80;
    private const int SleepStates = 6, SoftOff = 5;

    public static void Fill(FirmwareConfiguration firmware, MachineConfiguration configuration, IReadOnlyList<MemoryMapEntry> memory, Func<AcpiTableSet>? acpi, SmbiosTables smbios)
    {
        firmware.AddNumber(Cpus, (ulong)configuration.Cpus, sizeof(ushort));
        firmware.AddNumber(MaximumCpus, (ulong)configuration.Cpus, sizeof(ushort));
        firmware.AddNumber(MemoryBytes, configuration.MemoryBytes, sizeof(ulong));
        firmware.AddNumber(NoGraphic, configuration.IsHeadless ? 1u : 0, sizeof(ushort));
        if (configuration.IsHeadless) firmware.AddFile(SerialConsoleFile, BitConverter.GetBytes((ushort)PcLayout.SerialPorts[0]));
        firmware.Add(Uuid, Guid.TryParse(configuration.Uuid, out var uuid) ? uuid.ToByteArray(bigEndian: true) : new byte[16]);
        firmware.AddFile(MemoryMapFile, MemoryMapEntry.ToBytes(memory));
        if (acpi is not null)
        {
            firmware.AddFile(AcpiTableSet.TablesFile, () => acpi().Tables);
            firmware.AddFile(AcpiTableSet.RootFile, () => acpi().Root);
            firmware.AddFile(AcpiTableSet.ScriptFile, () => acpi().Script());
        }
        firmware.AddFile(SmbiosTables.TablesFile, smbios.Tables);
        firmware.AddFile(SmbiosTables.AnchorFile, smbios.Anchor(0));
        var states = new byte[SleepStates];
        states[SoftOff] = (byte)(HasState | AcpiPowerManagement.SoftOffType);
        firmware.AddFile(SleepStatesFile, states);
        firmware.AddNumber(BootMenu, configuration.HasBootMenu ? 1u : 0, sizeof(ushort));
        if (configuration.BootRetryMilliseconds is { } wait) firmware.AddFile(BootFailFile, BitConverter.GetBytes(wait));
    }
}
