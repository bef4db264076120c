using System.Runtime.InteropServices;
using Mimus.Boards.Acpi;
using Mimus.Boards.Loading;
using Mimus.Boards.Pc.Boot;
using Mimus.Boards.Smbios;
using Mimus.Core.Memory;
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
    private static readonly ulong[] s_descriptors = [0, 0, 0x00cf_9b00_0000_ffff, 0x00cf_9300_0000_ffff], s_longDescriptors = [0, 0, 0x00af_9b00_0000_ffff, 0x00cf_9300_0000_ffff];

    private readonly BoardBuilder _builder;
    private readonly PcProcessors _processors;
    private readonly KernelStart _start;
    private readonly ulong[] _descriptors;
    private readonly uint _descriptorTable;

    /// <param name="builder">What the machine is built with.</param>
    /// <param name="configuration">What was asked for.</param>
    /// <param name="processors">The first of these starts the kernel.</param>
    /// <param name="map">What memory there is.</param>
    /// <param name="lowMemoryEnd">The end of memory below 4 GiB.</param>
    /// <param name="acpi">What ACPI says; null where there is none.</param>
    /// <param name="smbios">What SMBIOS says.</param>
    public PcDirectBoot(BoardBuilder builder, MachineConfiguration configuration, PcProcessors processors, IReadOnlyList<MemoryMapEntry> map, ulong lowMemoryEnd,
        AcpiTableSet? acpi, SmbiosTables smbios)
    {
        _builder = builder;
        _processors = processors;
        var root = LoadTables(builder.Loader, acpi);
        if (smbios.Tables.Length > (int)(PcLayout.RomsEnd - PcLayout.SmbiosTables)) throw new ConfigurationException("what SMBIOS shall say does not fit below 1 MiB; say less with -smbios");
        builder.Loader.LoadOwn(smbios.Anchor(PcLayout.SmbiosTables), PcLayout.SmbiosAnchor);
        builder.Loader.LoadOwn(smbios.Tables, PcLayout.SmbiosTables);

        var area = new BootArea(builder.Loader, configuration, map, root is null ? 0 : PcLayout.AcpiRoot, root ?? [], lowMemoryEnd, processors.FirstCpu.HasLongMode);
        var kernel = configuration.KernelImage is { } given
            ? ImageSource.FromBytes(given, "kernel", configuration.KernelPath ?? "built in")
            : ImageSource.Open(configuration.KernelPath!, "kernel");
        _start = KernelLoader.Load(kernel, area);
        _descriptors = _start.Pages is null ? s_descriptors : s_longDescriptors;
        _descriptorTable = area.Place(MemoryMarshal.AsBytes<ulong>(_descriptors).ToArray());
    }

    /// <summary>Puts memory and processor into the state in which the kernel starts. After a reset, and after the chip set gives memory the place of ROMs.</summary>
    public void Boot()
    {
        ChipSetSetup.Apply(_processors.First.Apic);
        _builder.Loader.Fill();
        var cpu = _processors.FirstCpu;
        cpu.StartFlat(_start.Entry, _descriptorTable, _descriptors, CodeSelector, DataSelector, _start.Pages);
        var registers = cpu.Registers.General;
        registers[Slot.Rax] = _start.Eax;
        registers[Slot.Rbx] = _start.Ebx;
        registers[Slot.Rdx] = 0;
        registers[Slot.Rsi] = _start.Esi;
    }

    /// <summary>Puts ACPI's tables below 1 MiB, and returns their root.</summary>
    private static byte[]? LoadTables(MemoryLoader loader, AcpiTableSet? acpi)
    {
        if (acpi is null) return null;
        var (root, tables) = acpi.Place(PcLayout.AcpiTables);
        if (tables.Length > PcLayout.AcpiRoot - PcLayout.AcpiTables) throw new ConfigurationException("the ACPI tables of so many processors do not fit below 1 MiB; ask for fewer with -smp");
        loader.LoadOwn(tables, PcLayout.AcpiTables);
        loader.LoadOwn(root, PcLayout.AcpiRoot);
        return root;
    }
}
