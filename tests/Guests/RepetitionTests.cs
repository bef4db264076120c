using Mimus.Boards;
using Mimus.Core.Backends;
using Mimus.TestSupport;
using Xunit.Abstractions;

namespace Mimus.Guests.Tests;

/// <summary>Machines whose time is counted in instructions do the same in every run, on every engine.</summary>
public sealed class RepetitionTests(ITestOutputHelper output)
{
    private const string Usual = "tiers";

    private static readonly CountedTime s_time = new() { SleepsWhenIdle = false };

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void The_demo_guest_does_the_same_on_every_engine(int cpus)
    {
        ulong[] stops = [1, 1_234_567, 4_000_000, 4_000_001];
        var first = StateTrail.Of(Demo(cpus), Options("interp"), toEnd: true, stops);
        Assert.Contains(" self-checks passed, 0 failed.", first[^1], StringComparison.Ordinal);
        foreach (var engine in GuestEngines.Names) Assert.Equal(first, StateTrail.Of(Demo(cpus), Options(engine), toEnd: true, stops));
    }

    [Fact]
    public void It_does_the_same_whether_waits_take_the_hosts_time_or_none_and_however_slow_its_disk_is()
    {
        var first = StateTrail.Of(Demo(2), Options(Usual), toEnd: true);
        Assert.Equal(first, StateTrail.Of(Demo(2), Options(Usual) with { CountedTime = s_time with { SleepsWhenIdle = true } }, toEnd: true));
        Assert.Equal(first, StateTrail.Of(Demo(2, new SlowDisk(Contents())), Options(Usual), toEnd: true));
    }

    [Theory]
    [InlineData("interp")]
    [InlineData(Usual)]
    public void It_does_the_same_however_often_it_is_brought_to_rest(string engine)
    {
        var wanted = StateTrail.Of(Demo(3), Options(engine), toEnd: true)[^1];
        using var guest = new Guest(Demo(3), Options(engine));
        var rests = 0;
        for (; !guest.Vm.Ended.IsCompleted; rests++)
        {
            guest.Vm.Resume();
            Thread.SpinWait(Random.Shared.Next(100_000));
            guest.Vm.Pause();
        }
        output.WriteLine($"{rests} rests");
        Assert.Equal(wanted, StateTrail.EntryAtEnd(guest.Vm, guest.Console));
    }

    [TheoryNeeding(Need.RiscVLinux)]
    [InlineData(1, Usual, Usual)]
    [InlineData(3, Usual, Usual)]
    [InlineData(2, "regions at once", "interp")]
    public void Linux_does_the_same_twice(int cpus, string engine, string other)
    {
        ulong[] stops = [1_000_000, 50_000_000, 50_000_001, 200_000_000, 400_000_000];
        var first = StateTrail.Of(LinuxTests.Linux(cpus), Options(engine), toEnd: false, stops);
        foreach (var line in first) output.WriteLine(line);
        Assert.Equal(first, StateTrail.Of(LinuxTests.Linux(cpus), Options(other), toEnd: false, stops));
    }

    [FactNeeding(Need.RiscVLinux)]
    public void Linux_comes_to_the_same_end_twice() => Assert.Equal(
        StateTrail.Of(LinuxTests.Linux(3), Options(Usual), toEnd: true),
        StateTrail.Of(LinuxTests.Linux(3), Options(Usual), toEnd: true));

    private static VmOptions Options(string engine) => GuestEngines.Find(engine) with { CountedTime = s_time };

    private static MachineConfiguration Demo(int cpus, IDisk? disk = null) => Guest.Demo(cpus, "tour", disk ?? new MemoryDisk(Contents()));

    private static byte[] Contents()
    {
        var contents = new byte[1 << 20];
        new Random(1).NextBytes(contents);
        return contents;
    }
}
