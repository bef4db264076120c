using Mimus.Boards.DeviceTrees;
using Mimus.Core.Memory;
using Mimus.Isa.RiscV;

namespace Mimus.Boards.RiscV;

/// <summary>The device tree of the <c>virt</c> board, from the same layout that wires it.</summary>
internal static class VirtDeviceTree
{
    private const uint PlicHandle = 1, FinisherHandle = 2, FirstCpuHandle = 16;

    public static DeviceTreeNode Create(RiscVConfiguration cpu, int cpuCount, ulong memory)
    {
        var root = new DeviceTreeNode("");
        root.Cells("#address-cells", 2).Cells("#size-cells", 2).Text("compatible", "riscv-virtio").Text("model", "riscv-virtio,mimus");
        root.Add("chosen").Text("stdout-path", $"/soc/serial@{VirtLayout.Uart.Start:x}");
        root.Add($"memory@{VirtLayout.RamBase:x}").Text("device_type", "memory").Wide("reg", VirtLayout.RamBase, memory);
        AddCpus(root.Add("cpus"), cpu, cpuCount);
        AddSystemControl(root, "poweroff", 0x5555);
        AddSystemControl(root, "reboot", 0x7777);
        root.Add($"flash@{VirtLayout.FlashCode.Start:x}").Cells("bank-width", 4).Text("compatible", "cfi-flash")
            .Wide("reg", VirtLayout.FlashCode.Start, VirtLayout.FlashCode.Length, VirtLayout.FlashData.Start, VirtLayout.FlashData.Length);
        AddPeripherals(root.Add("soc"), cpuCount);
        return root;
    }

    private static void AddCpus(DeviceTreeNode cpus, RiscVConfiguration cpu, int count)
    {
        cpus.Cells("#address-cells", 1).Cells("#size-cells", 0).Cells("timebase-frequency", (uint)VirtLayout.TimebaseFrequency);
        var extensions = Profiles.Complete(cpu.Extensions);
        for (var i = 0; i < count; i++)
        {
            var node = cpus.Add($"cpu@{i:x}");
            node.Text("device_type", "cpu").Cells("reg", (uint)i).Text("status", "okay").Text("compatible", "riscv")
                .Text("riscv,isa", Profiles.IsaString(extensions))
                .Text("riscv,isa-base", "rv64i").Text("riscv,isa-extensions", [.. Profiles.ExtensionList(extensions)])
                .Cells("phandle", CpuHandle(i));
            if (extensions.HasFlag(Extension.S)) node.Text("mmu-type", MmuType(extensions));
            if (extensions.HasFlag(Extension.Zicbom)) node.Cells("riscv,cbom-block-size", 64);
            if (extensions.HasFlag(Extension.Zicbop)) node.Cells("riscv,cbop-block-size", 64);
            if (extensions.HasFlag(Extension.Zicboz)) node.Cells("riscv,cboz-block-size", 64);
            node.Add("interrupt-controller").Cells("#interrupt-cells", 1).Flag("interrupt-controller").Text("compatible", "riscv,cpu-intc")
                .Cells("phandle", InterruptHandle(i));
        }
        var cluster = cpus.Add("cpu-map").Add("cluster0");
        for (var i = 0; i < count; i++) cluster.Add($"core{i}").Cells("cpu", CpuHandle(i));
    }

    private static void AddPeripherals(DeviceTreeNode soc, int cpuCount)
    {
        soc.Cells("#address-cells", 2).Cells("#size-cells", 2).Text("compatible", "simple-bus").Flag("ranges");
        Device(soc, "test", VirtLayout.Finisher, "sifive,test1", "sifive,test0", "syscon").Cells("phandle", FinisherHandle);
        Interrupting(Device(soc, "rtc", VirtLayout.Rtc, "google,goldfish-rtc"), VirtLayout.RtcIrq);
        Interrupting(Device(soc, "serial", VirtLayout.Uart, "ns16550a"), VirtLayout.UartIrq).Cells("clock-frequency", VirtLayout.UartClock);
        for (var i = VirtLayout.VirtioCount - 1; i >= 0; i--)
            Interrupting(Device(soc, "virtio_mmio", VirtLayout.Virtio(i), "virtio,mmio"), VirtLayout.VirtioIrq(i));
        Device(soc, "plic", VirtLayout.Plic, "sifive,plic-1.0.0", "riscv,plic0").Cells("#interrupt-cells", 1).Cells("#address-cells", 0)
            .Flag("interrupt-controller").Cells("riscv,ndev", VirtLayout.IrqSources - 1).Cells("interrupts-extended", CpuInputs(cpuCount, 11, 9))
            .Cells("phandle", PlicHandle);
        Device(soc, "clint", VirtLayout.Clint, "sifive,clint0", "riscv,clint0").Cells("interrupts-extended", CpuInputs(cpuCount, 3, 7));
    }

    private static void AddSystemControl(DeviceTreeNode root, string name, uint value) => root.Add(name).Text("compatible", $"syscon-{name}")
        .Cells("regmap", FinisherHandle).Cells("offset", 0).Cells("value", value);

    private static DeviceTreeNode Device(DeviceTreeNode parent, string name, AddressRange range, params string[] compatible) =>
        parent.Add($"{name}@{range.Start:x}").Text("compatible", compatible).Wide("reg", range.Start, range.Length);

    private static DeviceTreeNode Interrupting(DeviceTreeNode node, int irq) => node.Cells("interrupts", (uint)irq).Cells("interrupt-parent", PlicHandle);

    private static uint[] CpuInputs(int cpuCount, uint first, uint second)
    {
        var inputs = new uint[cpuCount * 4];
        for (var i = 0; i < cpuCount; i++)
        {
            inputs[i * 4] = inputs[(i * 4) + 2] = InterruptHandle(i);
            inputs[(i * 4) + 1] = first;
            inputs[(i * 4) + 3] = second;
        }
        return inputs;
    }

    private static uint CpuHandle(int index) => FirstCpuHandle + (2 * (uint)index);

    private static uint InterruptHandle(int index) => CpuHandle(index) + 1;

    private static string MmuType(Extension extensions) =>
        extensions.HasFlag(Extension.Sv57) ? "riscv,sv57" : extensions.HasFlag(Extension.Sv48) ? "riscv,sv48" : "riscv,sv39";
}
