using System.Security.Cryptography;
using System.Text;
using Mimus.Core.State;
using Mimus.TestSupport;

namespace Mimus.Tests;

/// <summary>Snapshots: a resumed machine ends as the original would have, and no file, however damaged, does harm.</summary>
public sealed class SnapshotTests
{
    private const int ChecksumSize = 32;

    [Theory]
    [InlineData("race\r", "spinlock", false)]
    [InlineData("race\r", "spinlock", true)]
    [InlineData("primes 300000\r", "one hart", false)]
    [InlineData("primes 300000\r", "one hart", true)]
    [InlineData("disk test\r", "mimus> ", false)]
    public void A_machine_saved_in_the_middle_of_work_finishes_it_in_another_process_lifetime(string command, string moment, bool running)
    {
        using var saved = new MemoryStream();
        byte[] disk;
        using (var guest = new Guest(Guest.Demo(3, "", new MemoryDisk(new byte[1 << 20]))))
        {
            guest.Vm.Resume();
            var at = guest.Console.WaitFor("mimus> ");
            guest.Console.Type(command);
            guest.Console.WaitFor(moment, at);
            if (!running) guest.Vm.Pause();
            guest.Vm.Save(saved);
            disk = ((MemoryDisk)guest.Configuration.Disks["x0"]).Contents;
        }
        using var resumed = new Guest(Guest.Demo(3, "", new MemoryDisk(disk)));
        resumed.Vm.Load(saved);
        resumed.Vm.Resume();
        // A newline behind the command's end gives a new prompt; then the whole tour proves that nothing was lost.
        resumed.Console.Type("\rtour\r");
        resumed.Console.WaitFor(" self-checks passed, 0 failed.");
        resumed.Console.Type("off\r");
        Assert.Equal(0, resumed.WaitForEnd());
    }

    [Fact]
    public void Saving_what_was_just_restored_gives_the_same_file()
    {
        using var first = SaveAtPrompt();
        using var guest = new Guest(Guest.Demo(2, ""));
        guest.Vm.Load(first);
        using var second = new MemoryStream();
        guest.Vm.Save(second);
        Assert.Equal(first.ToArray(), second.ToArray());
    }

    [Fact]
    public void Saving_leaves_a_running_machine_running_and_one_that_is_at_rest_at_rest()
    {
        using var guest = new Guest(Guest.Demo(2, ""));
        guest.Vm.Resume();
        guest.Console.WaitFor("mimus> ");
        using var aside = new MemoryStream();
        guest.Vm.Save(aside);
        Assert.Equal(VmState.Running, guest.Vm.State);
        guest.Vm.Pause();
        guest.Vm.Save(Stream.Null);
        Assert.Equal(VmState.Paused, guest.Vm.State);
        guest.Vm.Load(aside);
        guest.Vm.Resume();
        guest.Vm.WhileResting(() => guest.Vm.Save(Stream.Null));
        guest.Console.Type("off\r");
        Assert.Equal(0, guest.WaitForEnd());
    }

    [Fact]
    public async Task A_machine_can_be_saved_by_several_at_once_and_ended_meanwhile()
    {
        var guest = new Guest(Guest.Demo(3, ""));
        guest.Vm.Resume();
        var at = guest.Console.WaitFor("mimus> ");
        guest.Console.Type("race\r");
        guest.Console.WaitFor("spinlock", at);
        var saves = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            var file = new MemoryStream();
            guest.Vm.Save(file);
            return file;
        })).ToArray();
        var saved = await Task.WhenAll(saves);
        var last = Task.Run(() => Record.Exception(() => guest.Vm.Save(Stream.Null)));
        guest.Dispose();
        var refused = await last;
        Assert.True(refused is null or ObjectDisposedException, refused?.ToString());
        using var resumed = new Guest(Guest.Demo(3, ""));
        resumed.Vm.Load(saved[^1]);
        resumed.Vm.Resume();
        resumed.Console.Type("\rtour\r");
        resumed.Console.WaitFor(" self-checks passed, 0 failed.");
    }

    [Fact]
    public async Task A_machine_at_rest_can_be_disposed_of_while_it_is_saved()
    {
        for (var i = 0; i < 10; i++)
        {
            var guest = new Guest(Guest.Demo(1, ""));
            using var begun = new ManualResetEventSlim();
            var saves = Task.Run(() =>
            {
                while (true)
                {
                    guest.Vm.Save(Stream.Null);
                    begun.Set();
                }
            });
            begun.Wait();
            guest.Dispose();
            await Assert.ThrowsAsync<ObjectDisposedException>(() => saves);
        }
    }

    [Fact]
    public void A_snapshot_of_another_machine_is_refused_with_what_to_do()
    {
        using var saved = SaveAtPrompt();
        using var other = new Guest(Guest.Demo(3, ""));
        var error = Assert.Throws<StateException>(() => other.Vm.Load(saved));
        Assert.Contains("2 processors", error.Message, StringComparison.Ordinal);
        using var smaller = new Guest(Guest.Demo(2, "") with { MemoryBytes = 64 << 20 });
        Assert.Contains("-m", Assert.Throws<StateException>(() => smaller.Vm.Load(saved)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_short_anywhere_or_with_a_changed_byte_is_refused()
    {
        using var saved = SaveAtPrompt();
        var bytes = saved.ToArray();
        using var guest = new Guest(Guest.Demo(2, ""));
        var random = new Random(2);
        for (var i = 0; i < 30; i++)
        {
            Assert.Throws<StateException>(() => guest.Vm.Load(new MemoryStream(bytes[..random.Next(bytes.Length)])));
            var changed = (byte[])bytes.Clone();
            changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
            Assert.Throws<StateException>(() => guest.Vm.Load(new MemoryStream(changed)));
        }
        Assert.Throws<StateException>(() => guest.Vm.Load(new MemoryStream()));
        Assert.Throws<StateException>(() => guest.Vm.Load(new MemoryStream(Encoding.ASCII.GetBytes("MIMUSNAP"))));
        GoesOnWorking(guest, bytes);
    }

    /// <summary>Whoever writes such a file can write its checksum, too: every field is hostile.</summary>
    [Fact]
    public void Hostile_files_with_a_right_checksum_are_refused_or_harmless()
    {
        using var saved = SaveAtPrompt();
        var bytes = saved.ToArray();
        using var guest = new Guest(Guest.Demo(2, ""));
        var seed = TestSeed.Value;
        var random = new Random(seed);
        var recordsAt = bytes.Length - ChecksumSize;
        var refused = 0;
        for (var i = 0; i < 400; i++)
        {
            var changed = (byte[])bytes.Clone();
            // Half at the records before and after guest memory, where the structure is; pages are only data.
            var changes = 1 + random.Next(4);
            for (var c = 0; c < changes; c++)
            {
                var at = random.Next(2) == 0 ? random.Next(200) : recordsAt - 1 - random.Next(9000);
                changed[at] = (byte)random.Next(256);
            }
            SHA256.HashData(changed.AsSpan(0, recordsAt)).CopyTo(changed, recordsAt);
            try
            {
                guest.Vm.Load(new MemoryStream(changed));
            }
            catch (StateException)
            {
                refused++;
            }
        }
        Assert.True(refused > 100, $"only {refused} of 400 changed files were refused; seed {seed}");
        GoesOnWorking(guest, bytes);
    }

    private static void GoesOnWorking(Guest guest, byte[] good)
    {
        guest.Vm.Load(new MemoryStream(good));
        guest.Vm.Resume();
        guest.Console.Type("off\r");
        Assert.Equal(0, guest.WaitForEnd());
    }

    private static MemoryStream SaveAtPrompt()
    {
        using var guest = new Guest(Guest.Demo(2, ""));
        guest.Vm.Resume();
        guest.Console.WaitFor("mimus> ");
        var saved = new MemoryStream();
        guest.Vm.Save(saved);
        return saved;
    }
}
