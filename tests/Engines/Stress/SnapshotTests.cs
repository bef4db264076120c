using System.Runtime.InteropServices;
using Mimus.Engines.Tests.Machines;
using Mimus.Engines.Tests.Programs;
using Mimus.Isa.RiscV;
using Mimus.TestSupport;
using Mimus.TestSupport.RiscV;
using Xunit.Abstractions;

namespace Mimus.Engines.Tests.Stress;

/// <summary>A machine that is saved at random moments and goes on elsewhere, on another engine, ends as if it had not been.</summary>
public sealed class SnapshotTests(ITestOutputHelper output)
{
    private const int Hops = 4;

    private static readonly int s_programs = (int)Math.Clamp(FuzzBudget.Or(0) / 100_000, 6, 100);

    /// <summary>Long enough to be met in the middle; without devices, since the board has others.</summary>
    private static readonly ProgramOptions s_options = new()
    {
        HasDevice = false, HasReservations = false, MinimumIterations = 200, MaximumIterations = 30_000, Instructions = 1_000_000,
    };

    [Fact]
    public void Random_programs_end_the_same()
    {
        var random = new Random(TestSeed.Value);
        Engine[] engines = [.. EngineList.All];
        var hops = 0;
        for (var i = 0; i < s_programs; i++)
        {
            var program = ProgramGenerator.Create(TestSeed.Value + i, s_options);
            var image = program.Build();
            using var undisturbed = new VmMachine(EngineList.Reference);
            undisturbed.Prepare(image);
            var lost = undisturbed.RunToEnd();
            Assert.True(lost is null, $"seed {program.Seed}: {lost}\n{program.List()}");

            var machine = new VmMachine(engines[random.Next(engines.Length)]);
            var way = machine.Engine.Name;
            machine.Prepare(image);
            machine.Vm.Resume();
            for (var hop = 0; hop < Hops; hop++)
            {
                if (!TryMove(ref machine, engines[random.Next(engines.Length)], random, image.Stop, image.Lost)) break;
                hops++;
                way += $", {machine.Engine}";
            }
            using (machine)
            {
                var difference = machine.WaitForEnd() ?? Difference(machine, undisturbed);
                Assert.True(difference is null, $"seed {program.Seed} (MIMUS_TEST_SEED={program.Seed} runs it first), by way of {way}\n{difference}\n{program.List()}");
            }
        }
        output.WriteLine($"{s_programs} programs moved {hops} times");
        Assert.True(hops > s_programs / 2, $"{s_programs} programs were moved only {hops} times");
    }

    [Fact]
    public void Harts_that_count_together_lose_nothing()
    {
        const int Harts = 3, Rounds = 60_000;
        var random = new Random(TestSeed.Value);
        Engine[] engines = [.. EngineList.All];
        var program = new SharedProgram(Harts, Rounds, _ => { }, a => a
            .Label("again").Emit(Rv.LrD(Rv.T1, Rv.S1), Rv.Addi(Rv.T1, Rv.T1, 1), Rv.ScD(Rv.T2, Rv.T1, Rv.S1)).Branch(1, Rv.T2, 0, "again")
            .Emit(Rv.Addi(Rv.T1, Rv.S1, 128), Rv.Addi(Rv.T2, 0, 1), Rv.AmoAddD(0, Rv.T2, Rv.T1)));
        for (var i = 0; i < s_programs / 2; i++)
        {
            var machine = new VmMachine(engines[random.Next(engines.Length)], Harts);
            machine.Prepare(program.Code, program.End);
            machine.Vm.Resume();
            for (var hop = 0; hop < Hops; hop++)
            {
                if (!TryMove(ref machine, engines[random.Next(engines.Length)], random, program.End)) break;
            }
            using (machine)
            {
                var failure = machine.WaitForEnd();
                Assert.True(failure is null, failure);
                Assert.Equal((ulong)(Harts * Rounds), machine.Read64(SharedProgram.Counters));
                Assert.Equal((ulong)(Harts * Rounds), machine.Read64(SharedProgram.Counters + 128));
            }
        }
    }

    /// <summary>
    /// Saves a machine after a random time, at rest or while it runs, and lets another go on; false when it has come to its end before.
    /// </summary>
    private static bool TryMove(ref VmMachine machine, Engine engine, Random random, params ulong[] ends)
    {
        var until = System.Diagnostics.Stopwatch.GetTimestamp() + random.NextInt64(System.Diagnostics.Stopwatch.Frequency / 500);
        while (System.Diagnostics.Stopwatch.GetTimestamp() < until) Thread.SpinWait(20);
        if (random.Next(2) == 0) machine.Vm.Pause();
        if (machine.HasStopped) return false;
        using var saved = new MemoryStream();
        machine.Vm.Save(saved);
        var harts = machine.Vm.Machine.Cpus.Count;
        machine.Dispose();
        machine = new VmMachine(engine, harts);
        machine.EndAt(ends);
        machine.Vm.Load(saved);
        machine.Vm.Resume();
        return true;
    }

    private static string? Difference(VmMachine machine, VmMachine undisturbed)
    {
        var lines = new List<string>();
        ReadOnlySpan<byte> mine = Registers(machine), theirs = Registers(undisturbed);
        foreach (var field in StateField.All)
        {
            if (field.Read(mine) != field.Read(theirs)) lines.Add($"  {field.Name} 0x{field.Read(mine):x}, undisturbed 0x{field.Read(theirs):x}");
        }
        ReadOnlySpan<ulong> here = MemoryMarshal.Cast<byte, ulong>(machine.Memory()), there = MemoryMarshal.Cast<byte, ulong>(undisturbed.Memory());
        for (var i = 0; i < here.Length && lines.Count < 20; i++)
        {
            var address = BareMachine.RamStart + ((ulong)i * 8);
            if (here[i] != there[i]) lines.Add($"  memory 0x{address:x} ({ProgramLayout.NameOf(address)}) 0x{here[i]:x}, undisturbed 0x{there[i]:x}");
        }
        return lines.Count == 0 ? null : string.Join('\n', lines);

        static ReadOnlySpan<byte> Registers(VmMachine m) => MemoryMarshal.AsBytes(new ReadOnlySpan<RiscVState>(in m.Hart.Registers));
    }
}
