using Mimus.Core.Cpus;
using Mimus.Core.Memory;
using Mimus.TestSupport.RiscV;

namespace Mimus.Isa.RiscV.Tests;

/// <summary>Load-reserved and store-conditional (Unprivileged manual, chapter 13), between harts.</summary>
public sealed class ReservationTests
{
    private const ulong Code = BareMachine.RamStart, SecondCode = Code + 0x1000, End = Code + 0x3000, Counter = Code + 0x1_0000;
    private const int Rounds = 50_000;

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public void No_increment_is_lost_between_two_harts(bool firstReserves, bool secondReserves)
    {
        using var machine = new BareMachine(harts: 2);
        Place(machine, 0, Code, firstReserves ? ReservingLoop(Code) : AtomicLoop(Code));
        Place(machine, 1, SecondCode, secondReserves ? ReservingLoop(SecondCode) : AtomicLoop(SecondCode));
        machine.Debug.Breakpoints = [End];
        foreach (var vcpu in machine.Vcpus) vcpu.Forget();

        var threads = machine.Vcpus.Select(v => new Thread(() => Assert.Equal(VcpuExit.Breakpoint, v.Run()))).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        Assert.Equal(2u * Rounds, machine.Read32(Counter));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void A_value_that_changed_and_changed_back_breaks_the_reservation(int size)
    {
        using var machine = new BareMachine(harts: 2);
        machine.Write64(Counter, 5);
        var wide = size == 8;
        Place(machine, 0, Code, [wide ? Rv.LrD(Rv.T0, Rv.A0) : Rv.LrW(Rv.T0, Rv.A0), wide ? Rv.ScD(Rv.T1, Rv.T2, Rv.A0) : Rv.ScW(Rv.T1, Rv.T2, Rv.A0)]);
        Place(machine, 1, SecondCode, [Rv.Sw(Rv.T1, Rv.A0, 0), Rv.Sw(Rv.T2, Rv.A0, 0)]);
        Set(machine, 1, Rv.T1, 6);
        Set(machine, 1, Rv.T2, 5);

        machine.Vcpus[0].Step();
        machine.Vcpus[1].Step();
        machine.Vcpus[1].Step();
        Assert.Equal(5u, machine.Read64(Counter));
        machine.Vcpus[0].Step();
        Assert.Equal(1u, machine[Rv.T1]);
        Assert.Equal(5u, machine.Read64(Counter));
    }

    [Fact]
    public void A_device_that_writes_breaks_the_reservation()
    {
        using var machine = new BareMachine(harts: 2);
        Place(machine, 0, Code, [Rv.LrW(Rv.T0, Rv.A0), Rv.ScW(Rv.T1, Rv.T2, Rv.A0)]);
        machine.Vcpus[0].Step();
        Assert.True(machine.Memory.TryWrite(new GuestAddress(Counter + 8), 0ul));
        machine.Vcpus[0].Step();
        Assert.Equal(1u, machine[Rv.T1]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_second_store_conditional_fails(int harts)
    {
        using var machine = new BareMachine(harts: harts);
        Place(machine, 0, Code, [Rv.LrW(Rv.T0, Rv.A0), Rv.ScW(Rv.T1, Rv.A0, Rv.A0), Rv.ScW(Rv.T2, Rv.T0, Rv.A0)]);
        machine.Step(3);
        Assert.Equal((0ul, 1ul), (machine[Rv.T1], machine[Rv.T2]));
        Assert.Equal((uint)Counter, machine.Read32(Counter));
    }

    [Fact]
    public void A_store_conditional_far_from_its_reservation_fails_and_gives_it_up()
    {
        using var machine = new BareMachine();
        Place(machine, 0, Code, [Rv.LrW(Rv.T0, Rv.A0), Rv.ScW(Rv.T1, Rv.A0, Rv.A1), Rv.ScW(Rv.T2, Rv.A0, Rv.A0)]);
        machine[Rv.A1] = Counter + 256;
        machine.Step(3);
        Assert.Equal((1ul, 1ul), (machine[Rv.T1], machine[Rv.T2]));
        Assert.Equal(0u, machine.Read32(Counter + 256));
    }

    [Fact]
    public void A_misaligned_one_traps_without_a_reservation_too()
    {
        using var hart = new TestHart();
        hart.Machine[Rv.A0] = TestHart.Data + 2;
        Assert.Equal(new Trap(Cause.StoreMisaligned, TestHart.Data + 2), hart.Execute(Privileged.Privilege.Machine, Rv.ScW(Rv.T1, 0, Rv.A0)));
        Assert.Equal(new Trap(Cause.LoadMisaligned, TestHart.Data + 2), hart.Execute(Privileged.Privilege.Machine, Rv.LrW(Rv.T1, Rv.A0)));
    }

    private static uint[] ReservingLoop(ulong at) => new Assembler(at)
        .Label("again")
        .Emit(Rv.LrW(Rv.T0, Rv.A0), Rv.Addi(Rv.T0, Rv.T0, 1), Rv.ScW(Rv.T1, Rv.T0, Rv.A0))
        .Branch(1, Rv.T1, Rv.Zero, "again")
        .Emit(Rv.Addi(Rv.A1, Rv.A1, -1))
        .Branch(1, Rv.A1, Rv.Zero, "again")
        .Emit(Rv.Jalr(0, Rv.A2, 0))
        .Assemble();

    private static uint[] AtomicLoop(ulong at) => new Assembler(at)
        .Emit(Rv.Addi(Rv.T0, 0, 1))
        .Label("again")
        .Emit(Rv.AmoAddW(0, Rv.T0, Rv.A0), Rv.Addi(Rv.A1, Rv.A1, -1))
        .Branch(1, Rv.A1, Rv.Zero, "again")
        .Emit(Rv.Jalr(0, Rv.A2, 0))
        .Assemble();

    private static void Place(BareMachine machine, int hart, ulong at, uint[] code)
    {
        machine.Load(at, code);
        machine.Harts[hart].ProgramCounter = at;
        Set(machine, hart, Rv.A0, Counter);
        Set(machine, hart, Rv.A1, Rounds);
        Set(machine, hart, Rv.A2, End);
    }

    private static void Set(BareMachine machine, int hart, int register, ulong value) => machine.Harts[hart].Debug.TryWriteRegister(register, value);
}
