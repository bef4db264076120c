using Mimus.Boards;
using Mimus.Control.Monitor;
using Mimus.Devices.Display;
using Mimus.TestSupport;
using Mimus.Translation;

namespace Mimus.Kvm.Tests;

/// <summary>A whole PC goes on where another engine left it: a boot sector that shows the BIOS's count of timer interrupts.</summary>
public sealed class EngineChangeTests
{
    private const int DisketteBytes = 1_474_560;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    // ds = 0; es = b800h; sti; again: hlt; the four digits of [46ch] to es:0; jmp again
    private const string Sector = "31c08ed8b800b88ec0fbf4a16c04bf0600b9040089c383e30f8a9f2a7c26881d83ef02c1e804e2ecebe030313233343536373839616263646566";

    [FactNeeding(Need.Kvm)]
    public void A_saved_pc_goes_on_under_another_engine_and_back()
    {
        using var first = Create(() => KvmAccelerator.Create());
        first.Resume();
        var seen = WaitForTicks(first, 0);
        using var saved = Save(first);

        using var second = Create(() => Engines.Create(Engines.Names[0]));
        second.Load(saved);
        second.Resume();
        seen = WaitForTicks(second, seen);
        second.Pause();
        using var again = Save(second);

        using var third = Create(() => KvmAccelerator.Create());
        third.Load(again);
        third.Resume();
        WaitForTicks(third, seen);
        third.Reset();
        WaitForTicks(third, 0);
    }

    /// <summary>A running machine is saved while it writes; what it wrote last is in the file.</summary>
    [FactNeeding(Need.Kvm)]
    public void A_machine_that_is_saved_while_it_runs_is_whole()
    {
        using var machine = Create(() => KvmAccelerator.Create());
        machine.Resume();
        for (var i = 0; i < 3; i++)
        {
            var seen = WaitForTicks(machine, 0);
            using var saved = Save(machine);
            Assert.Equal(VmState.Running, machine.State);
            using var copy = Create(() => KvmAccelerator.Create());
            copy.Load(saved);
            copy.Resume();
            WaitForTicks(copy, seen);
        }
    }

    [FactNeeding(Need.Kvm)]
    public void A_pc_whose_processor_has_more_than_the_host_is_refused_by_the_features_name()
    {
        using var machine = Create(() => Engines.Create(Engines.Names[0]), "max");
        using var saved = Save(machine);
        using var kvm = Create(() => KvmAccelerator.Create(), "max");
        Assert.Contains("tsc-deadline", Assert.Throws<Core.State.StateException>(() => kvm.Load(saved)).Message, StringComparison.Ordinal);
    }

    [FactNeeding(Need.Kvm)]
    public void The_monitor_tells_of_exits()
    {
        using var machine = Create(() => KvmAccelerator.Create());
        machine.Resume();
        WaitForTicks(machine, 0);
        var monitor = new MonitorSession(new MonitorContext { Vm = machine, Banner = "", Prompt = "", Version = "", SpokenVersion = new Version(10, 0, 0), Quit = _ => { } });
        var report = monitor.Execute("info exits").Split("\r\n");
        Assert.Contains(report, l => l.StartsWith("device write      vga 0xa0000", StringComparison.Ordinal));
        Assert.Contains(report, l => l.StartsWith("port write        pic 0x20", StringComparison.Ordinal));
        Assert.Contains(report, l => l.StartsWith("halt", StringComparison.Ordinal));
        Assert.Contains("#", monitor.Execute("info exits -h"), StringComparison.Ordinal);
    }

    private static Vm Create(Func<Core.Cpus.IAccelerator> engine, string model = "qemu64,-pni")
    {
        var diskette = new byte[DisketteBytes];
        Convert.FromHexString(Sector).CopyTo(diskette, 0);
        (diskette[510], diskette[511]) = (0x55, 0xaa);
        var configuration = new MachineConfiguration
        {
            Board = "pc",
            Firmware = "mimus",
            CpuModel = model,
            MemoryBytes = 16 << 20,
            Disks = new Dictionary<string, Core.Backends.IDisk> { ["disk"] = new MemoryDisk(diskette) },
            Devices = [new DeviceRequest("floppy", new Dictionary<string, string> { ["drive"] = "disk" })],
        };
        return Vm.Create(configuration, BoardCatalog.X86, new VmOptions { Accelerator = engine });
    }

    private static MemoryStream Save(Vm vm)
    {
        var stream = new MemoryStream();
        vm.Save(stream);
        stream.Position = 0;
        return stream;
    }

    /// <summary>Waits until the screen shows more ticks than those, and then more again: the new count.</summary>
    private static int WaitForTicks(Vm vm, int more)
    {
        var display = vm.Machine.Devices.OfType<VgaAdapter>().Single();
        var (first, last) = (-1, -1);
        var stops = "";
        vm.VcpuStopped += stop => stops += $"{stop.Exit} {stop.Failure}";
        var found = SpinWait.SpinUntil(() =>
        {
            Thread.Sleep(20); // the processor is for the guest
            var line = display.Text?.Lines.First() ?? "";
            if (line.Length < 4 || !int.TryParse(line[..4], System.Globalization.NumberStyles.HexNumber, null, out var ticks) || ticks <= more) return vm.State != VmState.Running;
            if (first < 0 || ticks < last) first = ticks;
            last = ticks;
            return last > first;
        }, s_patience);
        Assert.True(found && vm.State == VmState.Running, $"the ticks were {first} and {last}; {stops} {vm.Failure}");
        return last;
    }
}
