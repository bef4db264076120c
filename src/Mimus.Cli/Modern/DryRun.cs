using System.Globalization;
using System.Text;
using Mimus.Boards;
using Mimus.Boards.DeviceTrees;
using Mimus.Cli.Running;
using Mimus.Core.Backends;
using Mimus.Core.Memory;
using Mimus.Devices.Virtio;

namespace Mimus.Cli.Modern;

/// <summary>Shows the machine that a plan makes, from the built machine itself and its device tree.</summary>
internal static class DryRun
{
    public static int Show(RunPlan plan)
    {
        using var disks = DiskSet.Open(plan.Disks);
        var ids = plan.Machine.Devices.Select(d => d.Properties.GetValueOrDefault("chardev")).OfType<string>().Distinct();
        using var vm = Vm.Create(plan.Machine with { Disks = disks.ById, Consoles = ids.ToDictionary(i => i, _ => (IConsole)NullConsole.Instance) }, plan.Architecture.Boards);
        HostOutput.Write(Describe(plan, vm, disks));
        return 0;
    }

    private static string Describe(RunPlan plan, Vm vm, DiskSet disks)
    {
        var board = BoardCatalog.Find(plan.Machine.Board, plan.Architecture.Boards);
        var text = new StringBuilder();
        text.Append($"board     {board.Name} ({board.Description})\n");
        text.Append($"cpus      {plan.Machine.Cpus} x {plan.Machine.CpuModel ?? plan.Architecture.DefaultCpu}, engine {vm.AcceleratorName}\n");
        text.Append($"memory    {plan.Machine.MemoryBytes >> 20} MiB\n");
        text.Append($"firmware  {plan.Machine.Firmware}\n");
        text.Append($"kernel    {plan.Machine.KernelPath ?? "none"}\n");
        if (plan.Machine.InitrdPath is { } initrd) text.Append($"initrd    {initrd}\n");
        if (plan.Machine.CommandLine.Length > 0) text.Append($"append    {plan.Machine.CommandLine}\n");
        foreach (var disk in plan.Disks)
            text.Append($"disk      {disk.Id}: {disk.Path}, {disks.ById[disk.Id].Length} bytes{(disk.IsReadOnly ? ", read-only" : "")}{(disk.IsTemporary ? ", changes are temporary" : "")}\n");

        var interrupts = Interrupts(vm.Machine.DeviceTree.Span);
        text.Append("map\n");
        foreach (var region in vm.Machine.Bus.Regions)
        {
            text.Append($"  {region.Range.Start:x12}-{region.Range.Last:x12}  {region.Name}");
            if (interrupts.TryGetValue(region.Range.Start, out var irq)) text.Append($", interrupt {irq}");
            text.Append(Occupant(region)).Append('\n');
        }
        return text.ToString();
    }

    private static string Occupant(IoRegion region) => region.Device switch
    {
        VirtioMmio { Device: { } device } => $", holds {device.Name}",
        VirtioMmio => ", empty",
        _ => "",
    };

    /// <summary>Which address has which interrupt, as the guest is told.</summary>
    private static Dictionary<ulong, uint> Interrupts(ReadOnlySpan<byte> tree)
    {
        var found = new Dictionary<ulong, uint>();
        if (tree.IsEmpty) return found;
        foreach (var node in DeviceTreeReader.Read(tree).Children.SelectMany(c => c.Children))
        {
            var at = node.Name.IndexOf('@', StringComparison.Ordinal);
            var cells = node.Properties.FirstOrDefault(p => p.Key == "interrupts").Value;
            if (at >= 0 && cells is { Length: 4 } && ulong.TryParse(node.Name.AsSpan(at + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var address))
                found[address] = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(cells);
        }
        return found;
    }
}
