using Mimus.Boards.Plugging;
using Mimus.Core.Backends;
using Mimus.Core.Devices;
using Mimus.Core.Memory;
using Mimus.Core.Timing;
using Mimus.Devices.Firmware;
using Mimus.Devices.Interrupts;
using Mimus.Devices.Serial;
using Mimus.Devices.Storage;
using Mimus.Devices.Timers;
using Mimus.Isa.RiscV;
using Mimus.Isa.RiscV.Privileged;

namespace Mimus.Boards.RiscV;

/// <summary>
/// The <c>virt</c> board: the addresses, interrupts and device tree of QEMU's board of that name, so that what was built for
/// it runs.
/// </summary>
public sealed class VirtBoard : IBoard
{
    public string Name => "virt";

    public string Description => "RISC-V VirtIO board";

    public int MaximumCpus => 512;

    public IReadOnlyList<DriveInterface> DriveInterfaces { get; } = [new("virtio", "virtio-blk-device")];

    public Machine Build(BoardBuilder builder, MachineConfiguration configuration)
    {
        if (configuration.BootOrder is not null || configuration.HasBootMenu || configuration.BootRetryMilliseconds is not null)
            throw new ConfigurationException("machine 'virt' starts what -kernel or -bios gives and has no order of devices; leave -boot out");
        if (configuration.Smbios.Count > 0) throw new ConfigurationException("machine 'virt' describes itself by a device tree and has no SMBIOS tables; leave -smbios out");
        var cpu = CpuModels.Parse(configuration.CpuModel);
        var ram = AddMemory(builder, configuration.MemoryBytes);
        var time = new TickCounter(builder.Clock, VirtLayout.TimebaseFrequency);
        var harts = new RiscVHart[configuration.Cpus];
        for (var i = 0; i < harts.Length; i++)
            harts[i] = builder.AddCpu(new RiscVHart(i, cpu, builder.Bus, time, builder.Log) { ResetVector = VirtLayout.BootRom.Start });

        var plic = builder.Add(new Plic("plic", VirtLayout.IrqSources, VirtLayout.IrqPriorities,
            [.. harts.SelectMany(h => new[] { new IrqLine(h, Interrupt.MachineExternal), new IrqLine(h, Interrupt.SupervisorExternal) })]), VirtLayout.Plic);
        builder.Add(new Aclint("clint", time, Lines(harts, Interrupt.MachineTimer), Lines(harts, Interrupt.MachineSoftware)), VirtLayout.Clint);
        builder.Add(new Finisher("finisher", builder.Control), VirtLayout.Finisher);
        builder.Add(new GoldfishRtc("rtc", builder.Clock, new IrqLine(plic, VirtLayout.RtcIrq)), VirtLayout.Rtc);
        var console = configuration.SerialLines.Count > 0 ? configuration.SerialLines[0] : NullConsole.Instance;
        var uart = builder.Add(new Uart16550("serial", console, new IrqLine(plic, VirtLayout.UartIrq)), VirtLayout.Uart);
        AddFlash(builder, "flash0", VirtLayout.FlashCode);
        AddFlash(builder, "flash1", VirtLayout.FlashData);
        var slots = new VirtioSlots(builder, configuration, VirtLayout.VirtioCount, VirtLayout.Virtio, slot => new IrqLine(plic, VirtLayout.VirtioIrq(slot)));
        DevicePlugs.PlugAll(Name, configuration, slots);
        slots.AddTransports();

        var tree = VirtDeviceTree.Create(cpu, harts.Length, configuration.MemoryBytes);
        var boot = new VirtBoot(builder, configuration, tree, ram);
        boot.Load();
        if (boot.BuiltInFirmware)
        {
            var firmware = new BuiltInSbi(harts, builder.Memory, uart, builder.Control);
            foreach (var hart in harts) hart.Firmware = firmware;
        }
        return new Machine(builder, Name, () => boot.Boot(harts));
    }

    private static AddressRange AddMemory(BoardBuilder builder, ulong bytes)
    {
        var range = new AddressRange(VirtLayout.RamBase, bytes);
        builder.AddRam("boot-rom", VirtLayout.BootRom, readOnly: true);
        builder.AddRam("ram", range);
        return range;
    }

    /// <summary>A flash bank answers as a device; its contents are memory that only it reaches.</summary>
    private static void AddFlash(BoardBuilder builder, string name, AddressRange range) =>
        builder.Add(new CfiFlash(name, builder.Memory.Add($"{name}-contents", range, readOnly: true), CfiFlashLayout.Wide, isProtected: false), range);

    private static IrqLine[] Lines(RiscVHart[] harts, int input) => [.. harts.Select(h => new IrqLine(h, input))];
}
