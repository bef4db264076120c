using Mimus.Engines.Tests.Machines;
using Mimus.Engines.Tests.Programs;
using Mimus.Engines.Tests.Stress;
using Mimus.TestSupport;
using Mimus.TestSupport.RiscV;
using Xunit.Abstractions;

namespace Mimus.Engines.Tests;

/// <summary>Where time is counted in instructions, whole machines are the same after the same number of them, on every engine.</summary>
public sealed class RepetitionTests(ITestOutputHelper output)
{
    private const int Stops = 3;

    private static readonly int s_programs = (int)Math.Clamp(FuzzBudget.Or(0) / 20_000, 20, 500);

    /// <summary>Interrupted at exact instructions, and reading counters.</summary>
    private static readonly ProgramOptions s_options = new() { HasTimer = true, HasDevice = false, WritesInReservations = true };

    /// <summary>Reservations are no part of what is saved.</summary>
    private static readonly ProgramOptions s_movable = s_options with { HasReservations = false };

    private static readonly CountedTime s_time = new() { SleepsWhenIdle = false };

    private static readonly Engine[] s_engines = [EngineList.Reference, EngineList.Stepping, .. EngineList.Compared];

    [Fact]
    public void Random_programs_with_a_timer_are_the_same_at_every_instruction()
    {
        var random = new Random(TestSeed.Value);
        ulong executed = 0, interrupts = 0;
        for (var i = 0; i < s_programs; i++)
        {
            var program = ProgramGenerator.Create(TestSeed.Value + i, s_options);
            var image = program.Build();
            using var whole = Start(EngineList.Reference, image);
            whole.MustEnd();
            var length = whole.Vm.Instructions;
            executed += length;
            interrupts += whole.Read64(ProgramLayout.MachineData + TimerHandler.Interrupts);
            ulong[] stops = [.. Enumerable.Range(0, Stops).Select(_ => (ulong)random.NextInt64(1, (long)length)).Order()];
            var wanted = Trail(EngineList.Reference, image, stops);
            Assert.Equal(StateTrail.Entry(whole.Vm), wanted[^1]);
            foreach (var engine in s_engines)
            {
                var trail = Trail(engine, image, stops);
                Assert.True(wanted.SequenceEqual(trail), $"seed {program.Seed} (MIMUS_TEST_SEED={program.Seed} runs it first), {engine}: {string.Join(", ", trail)}, not {string.Join(", ", wanted)}\n{program.List()}");
            }
        }
        output.WriteLine($"{s_programs} programs of {executed} instructions with {interrupts} interrupts, {s_engines.Length} times each; first seed {TestSeed.Value}");
        Assert.True(interrupts > (ulong)s_programs, "hardly any interrupt came");
    }

    [Fact]
    public void Neither_rests_nor_moves_to_other_engines_leave_a_trace()
    {
        var random = new Random(TestSeed.Value);
        Engine[] engines = [.. EngineList.All];
        var moves = 0;
        for (var i = 0; i < s_programs; i++)
        {
            var program = ProgramGenerator.Create(TestSeed.Value + i, s_movable);
            var image = program.Build();
            var wanted = Trail(EngineList.Reference, image, [])[^1];
            var machine = Start(engines[random.Next(engines.Length)], image);
            for (var hop = 0; hop < Stops; hop++)
            {
                for (var rest = 0; rest < Stops; rest++) RestAfter(machine, random.Next(2000));
                if (machine.HasStopped) break;
                machine = Move(machine, engines[random.Next(engines.Length)], image);
                moves++;
            }
            using (machine)
            {
                machine.MustEnd();
                var end = StateTrail.Entry(machine.Vm);
                Assert.True(wanted == end, $"seed {program.Seed} (MIMUS_TEST_SEED={program.Seed} runs it first), last on {machine.Engine}: {end}, not {wanted}\n{program.List()}");
            }
        }
        output.WriteLine($"{s_programs} programs moved {moves} times");
        Assert.True(moves > s_programs / 2, $"{s_programs} programs were moved only {moves} times");
    }

    [Fact]
    public void Harts_that_count_together_do_it_in_the_same_order()
    {
        const int Harts = 3, Rounds = 4000;
        var program = new SharedProgram(Harts, Rounds, _ => { }, a => a
            .Label("again").Emit(Rv.LrD(Rv.T1, Rv.S1), Rv.Addi(Rv.T1, Rv.T1, 1), Rv.ScD(Rv.T2, Rv.T1, Rv.S1)).Branch(1, Rv.T2, 0, "again")
            .Emit(Rv.Addi(Rv.T1, Rv.S1, 128), Rv.AmoAddD(0, Rv.T1, Rv.T1)));
        ulong[] stops = [7, 9_999, 10_000, 10_001, 55_555];
        IReadOnlyList<string>? wanted = null;
        foreach (var engine in (IEnumerable<Engine>)[EngineList.Reference, .. EngineList.All])
        {
            using var machine = new VmMachine(engine, Harts, time: s_time);
            machine.Prepare(program.Code, program.End);
            var trail = Trail(machine, stops);
            Assert.Equal((ulong)(Harts * Rounds), machine.Read64(SharedProgram.Counters));
            Assert.Equal(wanted ??= trail, trail);
        }
    }

    private static List<string> Trail(Engine engine, ProgramImage image, ulong[] stops)
    {
        using var machine = Start(engine, image);
        return Trail(machine, stops);
    }

    private static List<string> Trail(VmMachine machine, ulong[] stops)
    {
        var trail = new List<string>();
        foreach (var stop in stops)
        {
            StateTrail.RunTo(machine.Vm, stop);
            trail.Add(StateTrail.Entry(machine.Vm));
        }
        machine.MustEnd();
        trail.Add(StateTrail.Entry(machine.Vm));
        return trail;
    }

    /// <summary>Lets a machine run for a short and never the same time.</summary>
    private static void RestAfter(VmMachine machine, int spins)
    {
        if (machine.HasStopped) return;
        machine.Vm.Resume();
        Thread.SpinWait(spins);
        machine.Vm.Pause();
    }

    private static VmMachine Move(VmMachine from, Engine engine, ProgramImage image)
    {
        using var saved = new MemoryStream();
        from.Vm.Save(saved);
        from.Dispose();
        var to = new VmMachine(engine, time: s_time);
        to.EndAt(image.Stop, image.Lost);
        to.Vm.Load(saved);
        return to;
    }

    /// <summary>A machine in which the timer is due at once.</summary>
    private static VmMachine Start(Engine engine, ProgramImage image)
    {
        var machine = new VmMachine(engine, time: s_time);
        machine.Prepare(image);
        machine.Vm.Machine.Bus.Find(TimerHandler.Deadline)!.Write(TimerHandler.Deadline, sizeof(ulong), 0);
        return machine;
    }
}
