using Mimus.Core.Cpus;
using Mimus.Core.Memory;
using Mimus.TestSupport;
using Mimus.Translation.Evaluator;
using Mimus.Translation.Tests.Ir;

namespace Mimus.Translation.Tests.Evaluator;

/// <summary>The same while others write: two vCPUs that remember where they may write, and a device.</summary>
public sealed unsafe class SuspectPagesRaceTests : IDisposable
{
    private const int Pages = 12, Writers = 3, Fences = 30_000;

    /// <summary>Each writer has a place of its own in every page.</summary>
    private const int Distance = 64;

    private readonly GuestMemory _memory = new();
    private readonly RamBlock _ram;
    private readonly FakeCpu[] _cpus = [new(), new()];
    private readonly int[][] _told = [.. Enumerable.Range(0, Writers).Select(_ => new int[Pages])];
    private volatile bool _ends;

    public SuspectPagesRaceTests()
    {
        _ram = _memory.Add("ram", new AddressRange(0x8000_0000, Pages * CodePage.PageSize));
        foreach (var cpu in _cpus) _memory.Writers.Register(cpu.Signal.ForgetWrites);
    }

    public void Dispose()
    {
        _memory.Dispose();
        foreach (var cpu in _cpus) cpu.Dispose();
    }

    [Fact]
    public void What_was_told_before_a_fence_is_seen_after_it()
    {
        var code = new WatchedCode(_memory, _ram, Pages);
        Thread[] writers = [new(() => RunVcpu(0)), new(() => RunVcpu(1)), new(RunDevice)];
        foreach (var writer in writers) writer.Start();
        string? fault = null;
        var random = new Random(TestSeed.Value);
        for (var i = 0; i < Fences && fault is null; i++)
        {
            // Most often one that a vCPU writes all the time.
            var page = random.Next(4) == 0 ? random.Next(Pages) : random.Next(_cpus.Length);
            Span<int> told = [Volatile.Read(ref _told[0][page]), Volatile.Read(ref _told[1][page]), Volatile.Read(ref _told[2][page])];
            code.Fence();
            for (var writer = 0; writer < Writers; writer++)
            {
                // The numbers go round, the difference does not.
                var seen = code[page, writer * Distance / sizeof(ushort)];
                if ((short)(seen - (ushort)told[writer]) < 0) fault = $"fence {i}: page {page} has {seen} by writer {writer}, who had told of {told[writer]}";
            }
            // Once in a while there is time for pages to become quiet.
            if (random.Next(100) == 0) Thread.Yield();
        }
        _ends = true;
        foreach (var writer in writers) writer.Join();
        Assert.Null(fault);
        Assert.True(code.Unchanged > 0 && _memory.Code.Settled > 0, $"{code.Unchanged} fences found nothing, {_memory.Code.Settled} rounds were settled");
    }

    /// <summary>Writes pages that it remembers without a word, says so before it writes others, and forgets them when it is asked to.</summary>
    private void RunVcpu(int number)
    {
        var random = new Random(TestSeed.Value + number + 1);
        var signal = _cpus[number].Signal;
        var remembered = new bool[Pages];
        while (!_ends)
        {
            // Where it rests it does not answer; whoever asks does not wait for it.
            using (signal.EnterGuest())
            {
                var answersAt = 0;
                for (var i = 0; i < 300; i++)
                {
                    // It looks for requests before it writes anything, and then only now and then.
                    if (i == answersAt)
                    {
                        if (signal.ForgetWrites.IsPending) Forget(signal, remembered);
                        answersAt += random.Next(1, 100);
                    }
                    var page = random.Next(4) == 0 ? random.Next(Pages) : number;
                    if (!remembered[page]) _ram.MarkBeforeWrite(Offset(page, number), sizeof(ushort));
                    remembered[page] = true;
                    Write(page, number);
                    Thread.SpinWait(random.Next(40));
                }
            }
            Thread.SpinWait(random.Next(2000));
        }
    }

    private static void Forget(VcpuSignal signal, bool[] remembered)
    {
        signal.ForgetWrites.Accept();
        Array.Clear(remembered);
        signal.ForgetWrites.Complete();
    }

    /// <summary>Says afterwards what it has written.</summary>
    private void RunDevice()
    {
        const int Number = Writers - 1;
        var random = new Random(TestSeed.Value + Writers);
        while (!_ends)
        {
            var page = random.Next(Pages);
            var value = ++*(ushort*)(_ram.Pointer + Offset(page, Number));
            _ram.MarkWritten(Offset(page, Number), sizeof(ushort));
            Volatile.Write(ref _told[Number][page], value);
            Thread.SpinWait(random.Next(5000));
        }
    }

    private void Write(int page, int writer)
    {
        var value = ++*(ushort*)(_ram.Pointer + Offset(page, writer));
        Volatile.Write(ref _told[writer][page], value);
    }

    private static ulong Offset(int page, int writer) => (ulong)((page * CodePage.PageSize) + (writer * Distance));
}
