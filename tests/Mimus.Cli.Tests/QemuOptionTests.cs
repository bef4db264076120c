using Mimus.Boards;
using Mimus.Cli.Qemu;
using Mimus.Cli.Running;
using Mimus.Cli.Tests.Support;
using Mimus.Control.Monitor;
using Mimus.Core.Diagnostics;
using Mimus.Translation;

namespace Mimus.Cli.Tests;

/// <summary>What each option does to the plan of a run, and what the program says about itself.</summary>
public sealed class QemuOptionTests
{
    [Theory]
    [InlineData("-smp 3", 3)]
    [InlineData("-smp cpus=4", 4)]
    [InlineData("-smp 2,cores=2,threads=1,sockets=1", 2)]
    [InlineData("-smp sockets=2,cores=3,threads=2", 12)]
    [InlineData("-smp maxcpus=8", 8)]
    [InlineData("-smp 2,maxcpus=8", 2)]
    [InlineData("-smp 2 -smp 5", 5)]
    [InlineData("--smp 6", 6)]
    [InlineData("", 1)]
    public void Processors(string line, int expected) => Assert.Equal(expected, CommandLine.Plan(line).Machine.Cpus);

    [Theory]
    [InlineData("-m 512", 512)]
    [InlineData("-m 1G", 1024)]
    [InlineData("-m size=2G,slots=2,maxmem=4G", 2048)]
    [InlineData("", 128)]
    public void Memory(string line, ulong mebibytes) => Assert.Equal(mebibytes << 20, CommandLine.Plan(line).Machine.MemoryBytes);

    [Theory]
    [InlineData("-nographic", "serial+monitor")]
    [InlineData("", "serial+monitor")]
    [InlineData("-serial mon:stdio", "serial+monitor")]
    [InlineData("-nographic -serial mon:stdio", "serial+monitor")]
    [InlineData("-nographic -monitor none", "serial")]
    [InlineData("-serial stdio -display none", "serial")]
    [InlineData("-serial stdio -monitor none", "serial")]
    [InlineData("-nographic -serial null", "monitor")]
    [InlineData("-nodefaults -nographic", "")]
    [InlineData("-nodefaults -nographic -serial mon:stdio", "serial+monitor")]
    [InlineData("-display none", "")]
    [InlineData("-display none -serial none -monitor stdio", "monitor")]
    [InlineData("-chardev stdio,id=c,mux=on,signal=off -serial chardev:c -mon chardev=c -display none", "serial+monitor")]
    public void Who_has_the_terminal(string line, string expected)
    {
        var plan = CommandLine.Plan(line);
        var terminal = plan.Consoles.SingleOrDefault(c => c.Kind == ConsoleKind.Standard)?.Id;
        var users = new List<string>();
        if (terminal is not null && plan.SerialLines.Contains(terminal)) users.Add("serial");
        if (terminal is not null && plan.Monitors.Contains(terminal)) users.Add("monitor");
        Assert.Equal(expected, string.Join('+', users));
    }

    [Theory]
    [InlineData("-serial stdio", true)]
    [InlineData("-serial mon:stdio", false)]
    [InlineData("-nographic", false)]
    [InlineData("-chardev stdio,id=c -serial chardev:c", true)]
    [InlineData("-chardev stdio,id=c,signal=off -serial chardev:c", false)]
    public void Ctrl_C_belongs_to_the_terminal_where_the_console_has_no_keys_of_its_own(string line, bool keeps) =>
        Assert.Equal(keeps, CommandLine.Plan(line).Consoles.Single(c => c.Kind == ConsoleKind.Standard).KeepsSignals);

    [Theory]
    [InlineData("tcp::4444,server,nowait", null, "127.0.0.1", 4444, true, false)]
    [InlineData("tcp:10.0.0.1:99", null, "10.0.0.1", 99, false, false)]
    [InlineData("unix:/tmp/a,server=on", "/tmp/a", "127.0.0.1", 0, true, true)]
    [InlineData("unix:/tmp/a,server=on,wait=off", "/tmp/a", "127.0.0.1", 0, true, false)]
    public void Sockets(string form, string? path, string host, int port, bool server, bool wait)
    {
        var console = CommandLine.Plan("-display none -serial " + form).Consoles.Single();
        Assert.Equal((ConsoleKind.Socket, path, host, port, server, wait), (console.Kind, console.Path, console.Host, console.Port, console.IsServer, console.WaitsForClient));
    }

    [Theory]
    [InlineData("-drive file=a.img,if=none,id=x,format=raw,readonly=on -device virtio-blk-device,drive=x", "x a.img ro", 1)]
    [InlineData("-drive file=a.img,if=virtio,cache=none,aio=native,discard=unmap", "drive0 a.img", 1)]
    [InlineData("-drive file=a.img -snapshot", "drive0 a.img temp", 1)]
    [InlineData("-drive file=a.img,snapshot=on", "drive0 a.img temp", 1)]
    [InlineData("-hda a.img", "hd0 a.img", 1)]
    [InlineData("a.img", "hd0 a.img", 1)]
    [InlineData("-drive file=a,,b.img,if=none,id=q", "q a,b.img", 0)]
    [InlineData("-blockdev driver=file,node-name=f,filename=a.img -blockdev driver=raw,node-name=r,file=f,read-only=on -device virtio-blk-device,drive=r", "r a.img ro", 1)]
    [InlineData("-blockdev raw,node-name=r,file.driver=file,file.filename=a.img -device virtio-blk-device,drive=r", "r a.img", 1)]
    public void Disks(string line, string expected, int devices)
    {
        var plan = CommandLine.Plan(line);
        var disk = Assert.Single(plan.Disks);
        Assert.Equal(expected, $"{disk.Id} {disk.Path}{(disk.IsReadOnly ? " ro" : "")}{(disk.IsTemporary ? " temp" : "")}");
        Assert.Equal(devices, plan.Machine.Devices.Count);
        Assert.All(plan.Machine.Devices, d => Assert.Equal(disk.Id, d.Properties["drive"]));
    }

    [Fact]
    public void Json_is_understood_for_block_nodes_and_devices()
    {
        var request = CommandLine.NewRequest();
        CommandLineParser.Parse(["-blockdev", """{"driver":"raw","node-name":"r","file":{"driver":"file","filename":"a.img"}}""",
            "-device", """{"driver":"virtio-blk-device","drive":"r","id":"d0"}"""], request);
        var plan = PlanMapping.ToPlan(request);
        Assert.Equal(new DiskPlan("r", "a.img") { Format = "raw" }, Assert.Single(plan.Disks));
        Assert.Equal("d0", Assert.Single(plan.Machine.Devices).Id);
    }

    [Theory]
    [InlineData("-icount 7", 7, true)]
    [InlineData("-icount shift=0", 0, true)]
    [InlineData("-icount auto", CountedTime.StandardShift, true)]
    [InlineData("-icount shift=auto,sleep=on,align=off", CountedTime.StandardShift, true)]
    [InlineData("-icount shift=10,sleep=off", 10, false)]
    [InlineData("-icount sleep=off", CountedTime.StandardShift, false)]
    [InlineData("-icount 1 -icount 2", 2, true)]
    public void Time_counted_in_instructions(string line, int shift, bool sleeps) =>
        Assert.Equal(new CountedTime { Shift = shift, SleepsWhenIdle = sleeps }, CommandLine.Plan(line).CountedTime);

    [Fact]
    public void Time_is_the_hosts_where_nothing_else_is_asked_for() => Assert.Null(CommandLine.Plan("").CountedTime);

    [Fact]
    public void A_seed_gives_the_same_numbers_every_time()
    {
        byte[] first = Numbers("-seed 5"), second = Numbers("-seed 0x5"), other = Numbers("-seed 6");
        Assert.Equal(first, second);
        Assert.NotEqual(first, other);

        static byte[] Numbers(string line)
        {
            var numbers = new byte[20];
            CommandLine.Plan(line).Machine.Entropy!.Fill(numbers);
            return numbers;
        }
    }

    [Theory]
    [InlineData("-accel kvm -accel tcg", false)]
    [InlineData("-machine virt,accel=kvm:tcg", false)]
    [InlineData("-accel kvm -accel hvf -accel tcg,thread=multi,tb-size=8", false)]
    [InlineData("-accel kvm -accel interp", true)]
    [InlineData("", false)]
    public void The_first_accelerator_that_is_there_is_taken(string line, bool isEvaluator)
    {
        var plan = CommandLine.Plan(line);
        var expected = isEvaluator ? "interp" : Engines.Names[0];
        Assert.Equal(expected, plan.Engine);
        Assert.Equal(line.Contains("kvm", StringComparison.Ordinal), plan.Warnings.Any(w => w.Contains("'kvm' cannot be used", StringComparison.Ordinal)));
        Assert.All(plan.Warnings, w => Assert.EndsWith($"going on with accelerator '{expected}'", w, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("0x1000..0x1fff", 0x1000, 0x1fff)]
    [InlineData("0x1000+0x10", 0x1000, 0x100f)]
    [InlineData("0x1000-0x10", 0xff1, 0x1000)]
    [InlineData("16..32", 16, 32)]
    [InlineData("0xffffffffffffff00+0x1000", 0xffffffffffffff00, ulong.MaxValue)]
    [InlineData("5-10", 0, 5)]
    public void The_log_is_limited_to_addresses(string range, ulong first, ulong last)
    {
        var filter = CommandLine.Plan($"-d op,out_asm,in_asm -dfilter 0x7000..0x7000,{range}").LogFilter!;
        Assert.True(filter.Contains(first) && filter.Contains(last) && filter.Contains(0x7000));
        Assert.False((first > 0 && filter.Contains(first - 1)) || (last < ulong.MaxValue && filter.Contains(last + 1)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0x10")]
    [InlineData("0x10.0x20")]
    [InlineData("0x20..0x10")]
    [InlineData("0x10+0")]
    [InlineData("0x10+x")]
    [InlineData("1..2,")]
    public void What_is_no_range_is_refused(string range) =>
        Assert.StartsWith("-dfilter: '", Assert.Throws<ConfigurationException>(() => LogFilter.Parse("-dfilter", range)).Message, StringComparison.Ordinal);

    [Fact]
    public void Perf_is_told_when_it_is_asked_for()
    {
        Assert.True(CommandLine.Plan("-perfmap").EngineOptions.WritesPerfMap);
        Assert.False(CommandLine.Plan("").EngineOptions.WritesPerfMap);
    }

    [Fact]
    public void The_size_of_translated_code_is_in_mebibytes() => Assert.Equal(8 << 20, CommandLine.Plan("-accel tcg,tb-size=8").EngineOptions.CodeBytes);

    [Theory]
    [InlineData("-accel tcg,tb-size=0")]
    [InlineData("-accel tcg,tb-size=100000")]
    public void A_size_that_cannot_be_is_refused(string line) =>
        Assert.Contains("tb-size", Assert.Throws<ConfigurationException>(() => CommandLine.Plan(line)).Message, StringComparison.Ordinal);

    [Fact]
    public void Switches_of_the_run()
    {
        var plan = CommandLine.Plan("-S -s -no-reboot -no-shutdown -pidfile p -name guest=n,process=q -d guest_errors,int -D log -loadvm s -echr 2 -rtc base=utc -no-user-config");
        Assert.True(plan.StartsPaused && plan.StopsOnReset && plan.PausesOnPowerOff);
        Assert.Equal(("tcp::1234", "p", "n", "log", "s", '\x02'), (plan.DebuggerAddress, plan.ProcessIdPath, plan.MachineName, plan.LogPath, plan.SnapshotPath, plan.Escape));
        Assert.Equal(LogItems.GuestErrors | LogItems.Interrupts, plan.LogItems);
    }

    [Fact]
    public void The_version_is_where_scripts_look_for_it()
    {
        Assert.StartsWith("QEMU emulator version 10.0.0 (Mimus 0.1.0)\n", CommandLine.Request("--version").Answer, StringComparison.Ordinal);
        var help = CommandLine.Request("-help").Answer!;
        Assert.StartsWith("QEMU emulator version 10.0.0", help, StringComparison.Ordinal);
        Assert.Contains("\n-gdb ", help, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-machine help", "virt                 RISC-V VirtIO board")]
    [InlineData("-M ?", "RISC-V VirtIO board")]
    [InlineData("-cpu help", "  rv64\n")]
    [InlineData("-device help", "name \"virtio-blk-device\"")]
    [InlineData("-device virtio-blk-device,help", "drive=")]
    [InlineData("-accel help", "tcg\n")]
    [InlineData("-d help", "guest_errors")]
    public void Lists_are_given_in_place_of_a_machine(string line, string expected) =>
        Assert.Contains(expected, CommandLine.Request(line).Answer, StringComparison.Ordinal);

    [Fact]
    public void Every_option_has_one_row_and_a_line_of_help()
    {
        var rows = OptionTable.Groups.SelectMany(g => g.Rows).ToArray();
        Assert.Equal(rows.Length, rows.Select(r => r.Name).Distinct().Count());
        Assert.All(rows, r => Assert.InRange(r.Help.Length, 1, 110));
    }
}
