using System.Security.Cryptography;
using Mimus.TestSupport;

namespace Mimus.Tests;

/// <summary>The demo guest checks the machine from inside: a tour that ends with status 0 has passed all its checks.</summary>
public sealed class DemoGuestTests
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    [InlineData(8, false)]
    public void The_tour_passes_its_own_checks_and_leaves_the_disk_as_it_was(int cpus, bool legacy)
    {
        var contents = new byte[1 << 20];
        new Random(1).NextBytes(contents);
        var before = SHA256.HashData(contents);
        using var guest = new Guest(Guest.Demo(cpus, "tour", new MemoryDisk(contents), legacy));
        Assert.Equal(0, guest.RunToEnd());
        Assert.Contains(" self-checks passed, 0 failed.", guest.Console.Output, StringComparison.Ordinal);
        Assert.Contains("78498 is right", guest.Console.Output, StringComparison.Ordinal);
        Assert.Equal(before, SHA256.HashData(contents));
    }

    [Fact]
    public void The_shell_answers_and_off_ends_with_status_zero()
    {
        using var guest = new Guest(Guest.Demo(3, ""));
        guest.Vm.Resume();
        var at = guest.Console.WaitFor("mimus> ");
        guest.Console.Type("harts\r");
        at = guest.Console.WaitFor("mimus> ", at);
        guest.Console.Type("fault\r");
        at = guest.Console.WaitFor("scause 13", at);
        at = guest.Console.WaitFor("mimus> ", at);
        guest.Console.Type("off\r");
        Assert.Equal(0, guest.WaitForEnd());
    }

    [Fact]
    public void An_idle_guest_runs_almost_nothing()
    {
        using var guest = new Guest(Guest.Demo(2, ""));
        guest.Vm.Resume();
        guest.Console.WaitFor("mimus> ");
        var idle = Measure(guest);
        guest.Console.Type("primes 3000000\r");
        var busy = Measure(guest);
        Assert.True(idle * 50 < busy, $"idle {idle} instructions, busy {busy} in the same time");
    }

    /// <summary>Instructions that all harts carry out while the guest's clock goes on by a third of a second.</summary>
    private static ulong Measure(Guest guest)
    {
        using var over = new ManualResetEventSlim();
        var before = Retired(guest);
        guest.Vm.Machine.Clock.CreateTimer(over.Set).Arm(guest.Vm.Machine.Clock.Nanoseconds + 333_000_000);
        over.Wait();
        return Retired(guest) - before;
    }

    private static ulong Retired(Guest guest)
    {
        ulong sum = 0;
        guest.Vm.WhileResting(() => sum = guest.Vm.Machine.Cpus.Cast<Isa.RiscV.RiscVHart>().Aggregate(0ul, (s, h) => s + h.Registers.Retired));
        return sum;
    }
}
