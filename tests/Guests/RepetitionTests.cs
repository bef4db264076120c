using Mimus.Boards;
using Mimus.TestSupport;
using Xunit.Abstractions;

namespace Mimus.Guests.Tests;

/// <summary>Machines whose time is counted in instructions do the same in every run, on every engine.</summary>
public sealed class RepetitionTests(ITestOutputHelper output)
{
    private static readonly CountedTime s_time = new() { SleepsWhenIdle = false };

    private static readonly ulong[] s_stops = [1, 1_234_567, 4_000_000, 4_000_001];

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void The_demo_guest_does_the_same_on_every_engine(int cpus)
    {
        var first = Trail(cpus, "interp");
        foreach (var line in first) output.WriteLine(line);
        Assert.Contains(" self-checks passed, 0 failed.", first[^1], StringComparison.Ordinal);
        foreach (var engine in GuestEngines.Names) Assert.Equal(first, Trail(cpus, engine));
    }

    private static IReadOnlyList<string> Trail(int cpus, string engine)
    {
        var contents = new byte[1 << 20];
        new Random(1).NextBytes(contents);
        return StateTrail.Of(Guest.Demo(cpus, "tour", new MemoryDisk(contents)), GuestEngines.Find(engine) with { CountedTime = s_time }, toEnd: true, s_stops);
    }
}
