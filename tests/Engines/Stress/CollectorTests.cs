using System.Diagnostics;
using Mimus.Engines.Tests.Machines;
using Mimus.Engines.Tests.Programs;
using Mimus.TestSupport;
using Xunit.Abstractions;

namespace Mimus.Engines.Tests.Stress;

/// <summary>Garbage collections come as they like while guest code runs and calls into devices, and nothing changes by them.</summary>
public sealed class CollectorTests(ITestOutputHelper output)
{
    private const long DefaultInstructions = 8_000_000;

    private static readonly ProgramOptions s_options = new() { MinimumIterations = 100, MaximumIterations = 10_000, Instructions = 500_000 };

    public static TheoryData<string> Engines => EngineList.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void Programs_end_as_ever_while_another_thread_collects(string engine)
    {
        using var calm = new EngineMachine(EngineList.Reference);
        using var disturbed = new EngineMachine(EngineList.Find(engine));
        // What devices leave behind is collected, too.
        object? garbage = null;
        disturbed.Device.Accessed = () => garbage = new byte[1000];
        var collections = 0;
        var ending = false;
        var pause = new Random(TestSeed.Value);
        var collector = new Thread(() =>
        {
            while (!Volatile.Read(ref ending))
            {
                var began = Stopwatch.GetTimestamp();
                GC.Collect(collections++ % 3, collections % 2 == 0 ? GCCollectionMode.Forced : GCCollectionMode.Default, blocking: true, compacting: collections % 2 == 1);
                // However long a collection takes, the guest gets about as long to get on.
                var stopped = Stopwatch.GetElapsedTime(began);
                var resumed = Stopwatch.GetTimestamp();
                do Thread.SpinWait(pause.Next(5_000));
                while (Stopwatch.GetElapsedTime(resumed) < stopped);
            }
        }) { IsBackground = true };
        collector.Start();
        long executed = 0;
        var programs = 0;
        try
        {
            while (executed < Math.Max(DefaultInstructions, FuzzBudget.Or(0) * 10))
            {
                var program = ProgramGenerator.Create(TestSeed.Value + programs++, s_options);
                var image = program.Build();
                var lost = calm.Run(image);
                Assert.True(lost is null, $"seed {program.Seed}: {lost}\n{program.List()}");
                executed += (long)calm.Retired;
                var difference = disturbed.Run(image) ?? disturbed.DifferenceFrom(calm, ProgramLayout.NameOf);
                Assert.True(difference is null, $"seed {program.Seed} (MIMUS_TEST_SEED={program.Seed} runs it first)\n{difference}\n{program.List()}");
            }
        }
        finally
        {
            Volatile.Write(ref ending, true);
            collector.Join();
        }
        GC.KeepAlive(garbage);
        output.WriteLine($"{programs} programs, {executed} instructions, {collections} collections");
    }
}
