using System.Diagnostics;
using Mimus.Boards;
using Mimus.TestSupport;

namespace Mimus.Boards.Tests;

/// <summary>The device tree against a reader and a board that others wrote.</summary>
public sealed class DeviceTreeTests
{
    [FactNeeding(Need.DeviceTreeCompiler)]
    public void The_compiler_reads_it_without_an_error()
    {
        var source = Decompile(Mimus(3));
        Assert.Equal(3, source.Split("device_type = \"cpu\"").Length - 1);
    }

    /// <summary>Every device that both boards have is at the same address, with the same interrupt, under the same names.</summary>
    [FactNeeding(Need.DeviceTreeCompiler, Need.Qemu10)]
    public void Devices_are_where_QEMU_has_them()
    {
        var file = Path.GetTempFileName();
        Run(TestNeeds.Qemu10, "-machine", $"virt,dumpdtb={file}", "-smp", "3", "-nographic", "-m", "128M");
        var theirs = Nodes(Decompile(File.ReadAllBytes(file)));
        File.Delete(file);
        var ours = Nodes(Decompile(Mimus(3)));
        string[] compared = ["reg", "interrupts", "compatible", "clock-frequency", "bank-width", "#interrupt-cells", "#address-cells", "timebase-frequency"];
        foreach (var (name, properties) in ours.Where(n => n.Key.Contains('@', StringComparison.Ordinal) || n.Key == "cpus"))
        {
            Assert.True(theirs.TryGetValue(name, out var other), $"QEMU's board has no {name}");
            foreach (var property in compared.Where(properties.ContainsKey)) Assert.Equal((name, property, other.GetValueOrDefault(property)), (name, property, properties[property]));
        }
        Assert.True(ours.Count > 20);
    }

    private static byte[] Mimus(int cpus)
    {
        using var vm = Vm.Create(new MachineConfiguration { Cpus = cpus }, BoardCatalog.RiscV);
        return vm.Machine.DeviceTree.ToArray();
    }

    private static string Decompile(byte[] tree)
    {
        var file = Path.GetTempFileName();
        File.WriteAllBytes(file, tree);
        var source = Run("dtc", "-q", "-I", "dtb", "-O", "dts", file);
        File.Delete(file);
        return source;
    }

    /// <summary>Nodes by name with their properties, as far as names are unique.</summary>
    private static Dictionary<string, Dictionary<string, string>> Nodes(string source)
    {
        var nodes = new Dictionary<string, Dictionary<string, string>>();
        var open = new Stack<Dictionary<string, string>>();
        foreach (var line in source.Split('\n').Select(l => l.Trim()))
        {
            if (line.EndsWith('{'))
            {
                open.Push([]);
                nodes.TryAdd(line[..^1].Trim(), open.Peek());
            }
            else if (line == "};") open.Pop();
            else if (line.Split(" = ", 2) is [var name, var value]) open.Peek()[name] = value;
        }
        return nodes;
    }

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output.Result;
    }
}
