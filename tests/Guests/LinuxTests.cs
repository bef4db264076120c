using Mimus.Boards;
using Mimus.TestSupport;

namespace Mimus.Guests.Tests;

/// <summary>Debian's Linux for RISC-V boots, works and powers off.</summary>
public sealed class LinuxTests
{
    private const string Arguments = "console=ttyS0 panic=-1 quiet";

    [TheoryNeeding(Need.RiscVLinux)]
    [InlineData(1)]
    [InlineData(4)]
    public void It_runs_to_its_end_on_the_built_in_firmware(int cpus) => RunToMark(Linux(cpus), cpus);

    [TheoryNeeding(Need.RiscVLinux, Need.OpenSbi)]
    [InlineData(1)]
    [InlineData(4)]
    public void It_runs_to_its_end_on_OpenSbi(int cpus)
    {
        var output = RunToMark(Linux(cpus) with { Firmware = TestNeeds.OpenSbiDynamic }, cpus);
        Assert.Contains("OpenSBI", output, StringComparison.Ordinal);
    }

    [TheoryNeeding(Need.RiscVLinux)]
    [InlineData("interp", 1)]
    [InlineData("regions at once", 2)]
    [InlineData("little code memory", 1)]
    public void It_runs_on_every_kind_of_engine(string engine, int cpus) => RunToMark(Linux(cpus), cpus, GuestEngines.Find(engine));

    [FactNeeding(Need.RiscVLinux)]
    public void It_runs_on_a_processor_with_every_extension() => RunToMark(Linux(2) with { CpuModel = "max" }, 2);

    [TheoryNeeding(Need.RiscVLinux)]
    [InlineData(false)]
    [InlineData(true)]
    public void A_shell_can_be_talked_to_and_survives_a_snapshot(bool running)
    {
        TalkAndResume(Linux(2) with { CommandLine = Arguments + " shell" }, running);
    }

    /// <summary>Talks to a shell, saves the machine, and talks to the saved one.</summary>
    internal static void TalkAndResume(MachineConfiguration configuration, bool running)
    {
        using var saved = new MemoryStream();
        using (var guest = new Guest(configuration))
        {
            guest.Vm.Resume();
            guest.Console.WaitFor("# ");
            guest.Console.Type("x=$((6*7)); echo answer $x\n");
            guest.Console.WaitFor("answer 42");
            if (running) guest.Console.Type("while true; do echo $((x*x)) | cat >/dev/null; done &\n");
            else guest.Vm.Pause();
            guest.Vm.Save(saved);
        }
        using var resumed = new Guest(configuration);
        resumed.Vm.Load(saved);
        resumed.Vm.Resume();
        resumed.Console.Type("echo still $x\n");
        resumed.Console.WaitFor("still 42");
        resumed.Console.Type("poweroff -f\n");
        Assert.Equal(0, resumed.WaitForEnd());
    }

    internal static string RunToMark(MachineConfiguration configuration, int cpus, VmOptions? engine = null, int seconds = 300)
    {
        using var guest = new Guest(configuration, engine);
        Assert.Equal(0, guest.RunToEnd(seconds));
        Assert.Contains($"MARK init {cpus} cpus", guest.Console.Output, StringComparison.Ordinal);
        Assert.Contains("MARK sh", guest.Console.Output, StringComparison.Ordinal);
        return guest.Console.Output;
    }

    internal static MachineConfiguration Linux(int cpus) => new()
    {
        Cpus = cpus,
        MemoryBytes = 512 << 20,
        KernelPath = TestNeeds.LinuxImage,
        InitrdPath = TestNeeds.Initramfs,
        CommandLine = Arguments,
    };
}
