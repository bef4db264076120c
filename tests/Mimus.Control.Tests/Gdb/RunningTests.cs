using static Mimus.Control.Tests.Gdb.GuestProgram;

namespace Mimus.Control.Tests.Gdb;

/// <summary>Running, stepping, breakpoints, watchpoints, and how a session ends.</summary>
public sealed class RunningTests
{
    private const int A0 = 10, A1 = 11, A2 = 12, Pc = 32, FirstCsr = 65;

    [Fact]
    public void Connecting_stops_the_machine_and_leaving_lets_it_run()
    {
        using var stage = new Stage();
        stage.Vm.Resume();
        var gdb = stage.Connect(toLoop: false);
        Assert.Equal(VmState.Paused, stage.Vm.State);
        Assert.Equal("T05thread:01;", gdb.Ask("?"));
        gdb.AskOk($"Z0,{OtherLoop:x},4");
        gdb.AskOk($"Z2,{Base:x},8");
        Assert.StartsWith("T05", gdb.Ask("vCont;s:1"), StringComparison.Ordinal);
        gdb.Dispose();
        Stage.Until(() => stage.Vm.State == VmState.Running);
        Assert.Empty(stage.Vm.Debug.Breakpoints);
        Assert.Empty(stage.Vm.Debug.Watchpoints);
    }

    [Fact]
    public void Who_only_knocks_leaves_the_machine_as_it_was()
    {
        using var stage = new Stage();
        new GdbClient(stage.Server.Port).Dispose();
        using (var gdb = stage.Connect(toLoop: false)) Assert.Equal(BootRom, gdb.ProgramCounter);
        Stage.Until(() => stage.Vm.State == VmState.Running);
    }

    [Theory]
    [InlineData("Z0", "swbreak:;")]
    [InlineData("Z1", "hwbreak:;")]
    public void Breakpoints_stop_before_the_instruction(string set, string reason)
    {
        using var stage = new Stage();
        using var gdb = stage.Connect();
        var before = gdb.Register(A0);
        gdb.AskOk($"{set},{Store:x},4");
        Assert.Equal("T05thread:01;" + reason, gdb.Ask("c"));
        Assert.Equal(Store, gdb.ProgramCounter);
        Assert.Equal(before + 1, gdb.Register(A0));
        Assert.Equal("T05thread:01;" + reason, gdb.Ask("?"));
        gdb.Ask("s");
        Assert.Equal("T05thread:01;" + reason, gdb.Ask("C05"));
        Assert.Equal(before + 2, gdb.Register(A0));
        gdb.AskOk($"z{set[1..]},{Store:x},4");
        gdb.Send("c");
        Interrupt(gdb);
    }

    [Theory]
    [InlineData("Z2", "watch", Store, Counter)]
    [InlineData("Z3", "rwatch", Load, Neighbour)]
    [InlineData("Z4", "awatch", Load, Neighbour)]
    public void Watchpoints_stop_after_the_access(string set, string reason, ulong instruction, ulong address)
    {
        using var stage = new Stage();
        using var gdb = stage.Connect();
        gdb.SetMemory(Neighbour, [0x55]);
        gdb.AskOk($"{set},{address:x},8");
        Assert.Equal($"T05thread:01;{reason}:{address:x};", gdb.Ask("vCont;c:1"));
        Assert.Equal(instruction + 4, gdb.ProgramCounter);
        if (set == "Z2") Assert.Equal(gdb.Register(A0), BitConverter.ToUInt64(gdb.Memory(Counter, 8)));
        else Assert.Equal(0x55ul, gdb.Register(A2));

        // Again, by a step over the access, with a breakpoint on it as well.
        gdb.AskOk($"Z0,{instruction:x},4");
        Assert.Equal("T05thread:01;swbreak:;", gdb.Ask("c"));
        Assert.Equal($"T05thread:01;{reason}:{address:x};", gdb.Ask("vCont;s:1"));
        Assert.Equal(instruction + 4, gdb.ProgramCounter);
        gdb.AskOk($"z{set[1..]},{address:x},8");
        Assert.Equal("T05thread:01;swbreak:;", gdb.Ask("c"));
    }

    [Fact]
    public void A_step_is_one_instruction_of_one_hart()
    {
        using var stage = new Stage(cpus: 2);
        using var gdb = stage.Connect();
        ulong[] path = [Store, Load, Jump, Loop];
        gdb.AskOk("Hg2");
        var other = gdb.Ask("g");
        foreach (var next in path)
        {
            Assert.Equal("T05thread:01;", gdb.Ask("vCont;s:1"));
            Assert.Equal(next, gdb.ProgramCounter);
        }
        gdb.AskOk("Hg2");
        Assert.Equal(other, gdb.Ask("g"));
        gdb.AskOk("Hc1");
        gdb.Ask("s");
        Assert.Equal(Store, gdb.ProgramCounter);
        gdb.Ask($"s{Loop:x}");
        Assert.Equal(Store, gdb.ProgramCounter);
    }

    [Fact]
    public void Some_harts_run_while_others_stand_still()
    {
        using var stage = new Stage(cpus: 2);
        using var gdb = stage.Connect();
        var first = gdb.Register(A0);
        gdb.AskOk($"Z0,{OtherLoop:x},4");
        gdb.AskOk("Hg2");
        gdb.SetRegister(Pc, OtherLoop + 4);
        gdb.SetRegister(A1, 41);
        Assert.Equal("T05thread:02;swbreak:;", gdb.Ask("vCont;c:2"));
        gdb.Ask("vCont;s:2");
        Assert.Equal(42ul, gdb.Register(A1));
        gdb.AskOk("Hg1");
        Assert.Equal(first, gdb.Register(A0));
        Assert.Equal(Loop, gdb.ProgramCounter);

        // One steps and the others run meanwhile.
        gdb.AskOk($"z0,{OtherLoop:x},4");
        Assert.Equal("T05thread:01;", gdb.Ask("vCont;s:1;c"));
        Assert.Equal(Store, gdb.ProgramCounter);
    }

    [Fact]
    public void Stops_of_several_harts_are_told_one_after_the_other()
    {
        using var stage = new Stage(cpus: 2);
        using var gdb = stage.Connect();
        gdb.AskOk($"Z0,{Loop:x},4");
        gdb.AskOk($"Z0,{OtherLoop:x},4");
        // Both stand on breakpoints, and each resumption is answered by one of them.
        var seen = new HashSet<string> { gdb.Ask("vCont;c"), gdb.Ask("vCont;c") };
        Stage.Until(() => seen.Add(gdb.Ask("vCont;c")) || seen.Count == 2);
        Assert.Equal(["T05thread:01;swbreak:;", "T05thread:02;swbreak:;"], seen.Order());
        gdb.AskOk($"z0,{Loop:x},4");
        gdb.AskOk($"z0,{OtherLoop:x},4");
        gdb.Send("vCont;c");
        Interrupt(gdb);
    }

    [Fact]
    public void Interrupts_wait_while_the_program_is_stepped_unless_asked_otherwise()
    {
        using var stage = new Stage();
        using var gdb = stage.Connect();
        const int Mie = FirstCsr + 0x304, Mtvec = FirstCsr + 0x305, Mstatus = FirstCsr + 0x300;
        gdb.SetRegister(Mie, 8);
        gdb.SetRegister(Mtvec, Handler);
        gdb.SetRegister(Mstatus, 8);
        gdb.SetRegister(Pc, Interrupting);
        Assert.Equal("ENABLE=1,NOIRQ=2,NOTIMER=4", gdb.Ask("qqemu.sstepbits"));
        Assert.Equal("0x7", gdb.Ask("qqemu.sstep"));
        for (var i = 1ul; i <= 4; i++)
        {
            gdb.Ask("vCont;s:1");
            Assert.Equal(Interrupting + (4 * i), gdb.ProgramCounter);
        }
        gdb.AskOk("Qqemu.sstep=1");
        Assert.Equal("0x1", gdb.Ask("qqemu.sstep"));
        gdb.Ask("vCont;s:1");
        Assert.Equal(Handler, gdb.ProgramCounter);
        Assert.Equal("E16", gdb.Ask("Qqemu.sstep=ff"));
        Assert.Equal("E16", gdb.Ask("Qqemu.sstep=0"));
    }

    [Fact]
    public void The_interrupt_byte_stops_a_running_machine()
    {
        using var stage = new Stage();
        using var gdb = stage.Connect();
        gdb.SendRaw("\u0003"); // nothing runs: no answer
        for (var i = 0; i < 3; i++)
        {
            gdb.Send("vCont;c");
            Interrupt(gdb);
            Assert.Equal("T02thread:01;", gdb.Ask("?"));
        }
    }

    [Fact]
    public void A_pause_by_somebody_else_is_told()
    {
        using var stage = new Stage();
        using var gdb = stage.Connect();
        gdb.Send("c");
        Stage.Until(() => stage.Vm.State == VmState.Running);
        stage.Vm.Pause();
        Assert.Equal("T02thread:01;", gdb.Receive());
    }

    [Fact]
    public async Task Power_off_is_told_with_the_exit_status()
    {
        using var stage = new Stage();
        using var gdb = stage.Connect();
        gdb.SetRegister(Pc, PowerOff);
        Assert.Equal("W00", gdb.Ask("vCont;c"));
        Assert.Equal(-1, gdb.TryReceiveByte());
        Assert.Equal(0, await stage.Vm.Ended);
    }

    [Fact]
    public void Power_off_by_a_step_is_told_with_the_exit_status()
    {
        using var stage = new Stage();
        using var gdb = stage.Connect();
        gdb.SetRegister(Pc, PowerOff + 8);
        gdb.SetRegister(5, 0x100000);
        gdb.SetRegister(6, 0x3333 - 0x555 + (7 << 16)); // what the guest makes into "fail with 7"
        Assert.Equal("T05thread:01;", gdb.Ask("vCont;s:1"));
        Assert.Equal(PowerOffStore, gdb.ProgramCounter);
        Assert.Equal("W07", gdb.Ask("vCont;s:1"));
    }

    [Fact]
    public void Detaching_lets_the_machine_run_without_points()
    {
        using var stage = new Stage();
        using var gdb = stage.Connect();
        gdb.AskOk($"Z0,{Store:x},4");
        Assert.StartsWith("T05", gdb.Ask("c"), StringComparison.Ordinal);
        gdb.AskOk("D");
        Assert.Equal(VmState.Running, stage.Vm.State);
        Assert.Empty(stage.Vm.Debug.Breakpoints);
        Assert.StartsWith("T05", gdb.Ask("vAttach;1"), StringComparison.Ordinal);
        Assert.Equal(VmState.Paused, stage.Vm.State);
    }

    [Theory]
    [InlineData("k")]
    [InlineData("vKill;1")]
    public async Task Killing_ends_the_machine(string request)
    {
        using var stage = new Stage();
        using var gdb = stage.Connect();
        gdb.Send(request);
        Assert.Equal(0, await stage.Vm.Ended.WaitAsync(TimeSpan.FromSeconds(10)));
        while (gdb.TryReceiveByte() >= 0)
        {
        }
    }

    [Fact]
    public void The_next_debugger_is_served_when_the_first_has_left()
    {
        using var stage = new Stage();
        var first = stage.Connect();
        using var second = new GdbClient(stage.Server.Port);
        second.Send("qC");
        Assert.Equal("QC1", first.Ask("qC"));
        first.Dispose();
        Assert.Equal("QC1", second.Receive());
        Assert.Equal(VmState.Paused, stage.Vm.State);
    }

    [Fact]
    public void Ending_the_server_lets_the_machine_run_on()
    {
        using var stage = new Stage();
        using var gdb = stage.Connect();
        stage.Server.Dispose();
        Assert.Equal(VmState.Running, stage.Vm.State);
    }

    [Fact]
    public void The_machine_may_end_before_its_server()
    {
        using var stage = new Stage();
        using var gdb = stage.Connect();
        gdb.Send("c");
        Stage.Until(() => stage.Vm.State == VmState.Running);
        stage.Vm.Dispose();
        Assert.Equal("W00", gdb.Receive());
        stage.Server.Dispose();
    }

    private static void Interrupt(GdbClient gdb)
    {
        gdb.SendRaw("\u0003");
        Assert.Matches("^T02thread:0[12];$", gdb.Receive());
    }
}
