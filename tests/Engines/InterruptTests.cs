using Mimus.Core.Memory;
using Mimus.Engines.Tests.Machines;
using Mimus.Engines.Tests.Programs;
using Mimus.TestSupport;
using Mimus.TestSupport.RiscV;
using Xunit.Abstractions;

namespace Mimus.Engines.Tests;

/// <summary>Interrupts at random moments leave no trace in a program but the time that they take.</summary>
public sealed class InterruptTests(ITestOutputHelper output)
{
    private const int DefaultInstructions = 200_000, Repetitions = 50;

    /// <summary>Enough for some interrupts to come.</summary>
    private static readonly ProgramOptions s_options = new() { Interruptible = true, MinimumIterations = 60, MaximumIterations = 10_000, Instructions = 300_000 };

    private static readonly AddressRange s_ignored = new(ProgramLayout.MachineData + TrapHandler.Interrupts, 16);

    public static TheoryData<string> Engines => EngineList.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void A_program_ends_as_if_no_interrupt_had_come(string name)
    {
        using var quiet = new EngineMachine(EngineList.Reference);
        using var disturbed = new EngineMachine(EngineList.Find(name));
        var wanted = FuzzBudget.Or(DefaultInstructions) * Repetitions;
        long executed = 0;
        ulong interrupts = 0;
        var programs = 0;
        while (executed < wanted)
        {
            var program = ProgramGenerator.Create(TestSeed.Value + programs++, s_options);
            var image = program.Build();
            var lost = quiet.Run(image);
            Assert.True(lost is null, $"seed {program.Seed}: {lost}\n{program.List()}");
            executed += (long)quiet.Retired;
            var failure = RunDisturbed(disturbed, image, program.Seed);
            var count = disturbed.Read64(ProgramLayout.MachineData + TrapHandler.Interrupts);
            interrupts += count;
            failure ??= disturbed.DifferenceFrom(quiet, ProgramLayout.NameOf, count * TrapHandler.InterruptLength, s_ignored);
            Assert.True(failure is null, $"seed {program.Seed} (MIMUS_TEST_SEED={program.Seed} runs it first), {count} interrupts\n{failure}\n{program.List()}");
        }
        output.WriteLine($"{programs} programs, {executed} instructions, {interrupts} interrupts; first seed {TestSeed.Value}");
        Assert.True(interrupts > 0, "no interrupt came");
    }

    /// <summary>The line goes high, the handler makes it low, and after a random time it goes high again.</summary>
    private static string? RunDisturbed(EngineMachine machine, ProgramImage image, int seed)
    {
        var random = new Random(seed);
        var high = 0;
        machine.Device.Acknowledged = () =>
        {
            machine.Hart.SetLine(EngineMachine.MachineSoftware, high: false);
            Volatile.Write(ref high, 0);
        };
        machine.Prepare(image);
        var run = machine.Start();
        while (!run.IsCompleted)
        {
            if (Interlocked.Exchange(ref high, 1) == 0) machine.Hart.SetLine(EngineMachine.MachineSoftware, high: true);
            if (random.Next(64) == 0) Thread.Sleep(0);
            else Thread.SpinWait(random.Next(200));
            if (run.Wait(0)) break;
        }
        var failure = machine.Wait(run, image);
        machine.Device.Acknowledged = null;
        return failure;
    }
}
