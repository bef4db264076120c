using Mimus.Boards.Acpi;
using Mimus.Boards.Loading;
using Mimus.Boards.Pc.Boot;
using Mimus.Boards.Smbios;
using Mimus.Core.Memory;
using Mimus.Devices.Interrupts;
using Mimus.Devices.Pci;
using Mimus.Isa.X86;

namespace Mimus.Boards.Pc;

/// <summary>
/// Starts a kernel without firmware: the board puts tables into memory, sets the chip set up as firmware does, and lets the first
/// processor begin in the kernel.
/// </summary>
internal sealed class PcDirectBoot
{
    // Descriptors: the selectors are those of Linux's boot protocol
    private const ushort CodeSelector = 0x10, DataSelector = 0x18;
    private static readonly ulong[] s_descriptors = [0, 0, 0x00cf_9b00_0000_ffff, 0x00cf_9300_0000_ffff];

    private readonly BoardBuilder _builder;
    private readonly PciBus _bus;
    private readonly KernelStart _start;
    private readonly uint _descriptorTable;

    public PcDirectBoot(BoardBuilder builder, MachineConfiguration configuration, PcMemory memory, PciBus bus, AcpiTableSet acpi, SmbiosTables smbios)
    {
        _builder = builder;
        _bus = bus;
        var (root, tables) = acpi.Place(PcLayout.AcpiTables);
        if (tables.Length > PcLayout.AcpiRoot - PcLayout.AcpiTables) throw new ConfigurationException("the ACPI tables of so many processors do not fit below 1 MiB; ask for fewer with -smp");
        builder.Loader.LoadOwn(tables, PcLayout.AcpiTables);
        builder.Loader.LoadOwn(root, PcLayout.AcpiRoot);
        if (smbios.Tables.Length > (int)(PcLayout.RomsEnd - PcLayout.SmbiosTables)) throw new ConfigurationException("what SMBIOS shall say does not fit below 1 MiB; say less with -smbios");
        builder.Loader.LoadOwn(smbios.Anchor(PcLayout.SmbiosTables), PcLayout.SmbiosAnchor);
        builder.Loader.LoadOwn(smbios.Tables, PcLayout.SmbiosTables);

        var area = new BootArea(builder.Loader, configuration, memory.Map, PcLayout.AcpiRoot, root, memory.BelowFourGiB);
        var descriptors = new byte[s_descriptors.Length * sizeof(ulong)];
        Buffer.BlockCopy(s_descriptors, 0, descriptors, 0, descriptors.Length);
        _descriptorTable = area.Place(descriptors);
        var kernel = configuration.KernelImage is { } given
            ? ImageSource.FromBytes(given, "kernel", configuration.KernelPath ?? "built in")
            : ImageSource.Open(configuration.KernelPath!, "kernel");
        _start = KernelLoader.Load(kernel, area);
    }

    /// <summary>Puts memory, chip set and processor into the state in which the kernel starts. After a reset.</summary>
    public void Boot(X86Cpu cpu, LocalApic apic)
    {
        ChipSetSetup.Apply(_bus, _builder.Ports, apic);
        _builder.Loader.Fill();
        cpu.StartFlat(_start.Entry, _descriptorTable, s_descriptors, CodeSelector, DataSelector);
        var registers = cpu.Registers.General;
        registers[Slot.Rax] = _start.Eax;
        registers[Slot.Rbx] = _start.Ebx;
        registers[Slot.Rdx] = 0;
        registers[Slot.Rsi] = _start.Esi;
    }
}
