using Mimus.Boards;
using Mimus.Devices.Display;
using Mimus.TestSupport;
using Mimus.Translation.Evaluator;

namespace Mimus.Kvm.Tests;

/// <summary>The PCs under the kernel's virtualization: their devices and interrupt controllers are those of every engine.</summary>
public sealed class BoardTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(4);

    [TheoryNeeding(Need.Kvm)]
    [InlineData("pc", 1)]
    [InlineData("q35", 2)]
    public void Our_bios_says_who_it_is_and_that_there_is_nothing_to_boot(string board, int cpus)
    {
        using var vm = Start(board, "mimus", cpus);
        var screen = WaitFor(vm, "No bootable device");
        Assert.StartsWith("Mimus BIOS", screen, StringComparison.Ordinal);
        Assert.Contains("64 MiB of memory", screen, StringComparison.Ordinal);
    }

    [TheoryNeeding(Need.Kvm, Need.SeaBios)]
    [InlineData("pc", 2)]
    [InlineData("q35", 1)]
    public void Debians_bios_says_who_it_is_and_that_there_is_nothing_to_boot(string board, int cpus)
    {
        using var vm = Start(board, TestNeeds.SeaBios, cpus);
        Assert.StartsWith("SeaBIOS (version", WaitFor(vm, "No bootable device"), StringComparison.Ordinal);
    }

    private static Vm Start(string board, string firmware, int cpus)
    {
        var configuration = new MachineConfiguration { Board = board, Firmware = firmware, MemoryBytes = 64 << 20, Cpus = cpus };
        var vm = Vm.Create(configuration, BoardCatalog.X86, new VmOptions { Accelerator = () => KvmAccelerator.Create(management: new EvaluatorAccelerator()) });
        vm.Resume();
        return vm;
    }

    private static string WaitFor(Vm vm, string text)
    {
        var display = vm.Machine.Devices.OfType<VgaAdapter>().Single();
        var (screen, stops) = ("", "");
        vm.VcpuStopped += stop => stops += $"{stop.Exit}: {stop.Failure}\n";
        var found = SpinWait.SpinUntil(() =>
        {
            Thread.Sleep(20); // the processor is for the guest
            return vm.State != VmState.Running || (screen = Read(display)).Contains(text, StringComparison.Ordinal);
        }, s_patience);
        Assert.True(found && vm.State == VmState.Running, $"the screen never said '{text}' but at last: {screen} {stops} {vm.Failure}");
        return screen;
    }

    private static string Read(VgaAdapter display) => display.Text is { } text ? string.Join('\n', text.Lines) : "";
}
