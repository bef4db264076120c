using Mimus.TestSupport;

namespace Mimus.Tests;

/// <summary>Random numbers of a machine that does the same in every run.</summary>
public sealed class SeededEntropyTests
{
    [Fact]
    public void Numbers_go_on_where_a_saved_machine_was()
    {
        var configuration = Guest.Demo(1, "");
        SeededEntropy first = new(7), second = new(8);
        using var saved = new MemoryStream();
        using (var guest = new Guest(configuration with { Entropy = first }))
        {
            first.Fill(new byte[13]);
            guest.Vm.Save(saved);
        }
        using var other = new Guest(configuration with { Entropy = second });
        other.Vm.Load(saved);
        byte[] here = new byte[20], there = new byte[20];
        first.Fill(here);
        second.Fill(there);
        Assert.Equal(here, there);
    }

    [Fact]
    public void Numbers_differ_from_one_another() => Assert.Equal(1000, Enumerable.Range(0, 1000).Select(i => First((ulong)i)).Distinct().Count());

    private static ulong First(ulong seed)
    {
        var bytes = new byte[8];
        new SeededEntropy(seed).Fill(bytes);
        return BitConverter.ToUInt64(bytes);
    }
}
