using System.Buffers.Binary;
using Mimus.Boards;
using Mimus.Control.Monitor;
using Mimus.Core.Diagnostics;
using Mimus.TestSupport;

namespace Mimus.Control.Tests;

/// <summary>The monitor on a small machine whose guest counts in a0.</summary>
public sealed class MonitorTests : IDisposable
{
    /// <summary>addi a0, a0, 1; j . - 4</summary>
    private static readonly uint[] s_program = [0x0015_0513, 0xffdf_f06f];

    private readonly Vm _vm;
    private readonly MonitorContext _context;
    private readonly MonitorSession _monitor;
    private int _quitWith = -1;

    public MonitorTests()
    {
        var image = new byte[16];
        for (var i = 0; i < s_program.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(i * 4), s_program[i]);
        _vm = Vm.Create(new MachineConfiguration { Firmware = "none", KernelImage = image, MemoryBytes = 4 << 20, Cpus = 2 }, BoardCatalog.RiscV);
        _context = new MonitorContext
        {
            Vm = _vm,
            Banner = "hello",
            Prompt = "> ",
            Version = "10.0.0 (Mimus)",
            SpokenVersion = new Version(10, 0, 0),
            Quit = status => _quitWith = status,
            MachineName = "box",
            Disks = [new MonitorItem("x0", "fs.img (raw)")],
            Consoles = [new MonitorItem("c0", "Standard")],
        };
        _monitor = new MonitorSession(_context);
    }

    public void Dispose() => _vm.Dispose();

    [Theory]
    [InlineData("info status", "VM status: paused\r\n")]
    [InlineData("  info   status", "VM status: paused\r\n")]
    [InlineData("info version", "10.0.0 (Mimus)\r\n")]
    [InlineData("info name", "box\r\n")]
    [InlineData("info block", "x0: fs.img (raw)\r\n")]
    [InlineData("info chardev", "c0: Standard\r\n")]
    [InlineData("info cpus", "* CPU #0: pc=0x0000000000001000 (M mode)\r\n  CPU #1: pc=0x0000000000001000 (M mode)\r\n")]
    [InlineData("xp /2xw 0x80000000", "0000000080000000: 0x00150513 0xffdff06f\r\n")]
    [InlineData("xp/1xg 0x80000000", "0000000080000000: 0xffdff06f00150513\r\n")]
    [InlineData("xp /5xb 0x80000000 + 0x4 - 4", "0000000080000000: 0x13 0x05 0x15 0x00 0x6f\r\n")]
    [InlineData("xp /1dw 0x80000004", "0000000080000004: -2101137\r\n")]
    [InlineData("x /2xh 0x80000000", "0000000080000000: 0x0513 0x0015\r\n")]
    [InlineData("xp 0x10", "Cannot access memory at address 0x10\r\n")]
    [InlineData("print /x 0x10 + 0x20 - 1", "0x000000000000002f\r\n")]
    [InlineData("print $pc", "4096\r\n")]
    [InlineData("p /o 8", "010\r\n")]
    [InlineData("p /c 65", "'A'\r\n")]
    [InlineData("", "")]
    public void Questions(string line, string answer) => Assert.Equal(answer, _monitor.Execute(line));

    [Theory]
    [InlineData("inf status", "unknown command: 'inf', did you mean 'info'?")]
    [InlineData("info stats", "did you mean 'status'?")]
    [InlineData("xp", "an address or expression is missing")]
    [InlineData("xp /q 0", "'q' is neither a format")]
    [InlineData("xp /0x 0", "the count must be")]
    [InlineData("xp /99999999999x 0", "the count must be")]
    [InlineData("print $nope", "there is no register 'nope'")]
    [InlineData("print 1 + x", "'x' is neither a number")]
    [InlineData("cpu 2", "the processors are 0 to 1")]
    [InlineData("savevm", "needs the name")]
    [InlineData("savevm /nowhere/f", "Error: ")]
    [InlineData("loadvm /nowhere/f", "Error: ")]
    [InlineData("screendump", "needs the name of a file")]
    [InlineData("screendump x y", "needs the name of a file")]
    [InlineData("screendump x -f gif", "'gif' is no format")]
    [InlineData("screendump x", "has no display")]
    [InlineData("system_powerdown", "has no power button")]
    [InlineData("log nonsense", "no log item 'nonsense'")]
    public void Mistakes_are_told_and_do_no_harm(string line, string expected)
    {
        Assert.Contains(expected, _monitor.Execute(line), StringComparison.Ordinal);
        Assert.Equal("VM status: paused\r\n", _monitor.Execute("info status"));
    }

    [Fact]
    public void The_machine_goes_stops_and_is_reset()
    {
        _monitor.Execute("cont");
        Assert.Equal("VM status: running\r\n", _monitor.Execute("info status"));
        SpinWait.SpinUntil(() => _monitor.Execute("print $a0") is var a0 && long.Parse(a0, System.Globalization.CultureInfo.InvariantCulture) > 1000, TimeSpan.FromSeconds(30));
        _monitor.Execute("stop");
        var stopped = _monitor.Execute("print $a0");
        Assert.NotEqual("0\r\n", stopped);
        Assert.Equal(stopped, _monitor.Execute("print $a0"));
        _monitor.Execute("system_reset");
        Assert.Equal("4096\r\n", _monitor.Execute("print $pc"));
    }

    [Fact]
    public void What_the_engine_counted_is_shown_for_all_and_for_each()
    {
        if (_vm.AcceleratorName != "tcg") return;
        Assert.Matches(@"blocks compiled +0 +0 +0\r\n", _monitor.Execute("info jit"));
        _monitor.Execute("cont");
        SpinWait.SpinUntil(() => Number("instructions translated") > 100_000, TimeSpan.FromSeconds(30));
        _monitor.Execute("stop");
        Assert.True(Number("instructions translated") > 100_000);
        Assert.True(Number("blocks compiled") > 0 && Number("machine code made (bytes)") > 0 && Number("entries into code") > 0 && Number("instructions interpreted") > 0);

        ulong Number(string name)
        {
            var row = _monitor.Execute("info jit").Split("\r\n").Single(r => r.StartsWith(name, StringComparison.Ordinal))[name.Length..];
            var values = row.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => ulong.Parse(v, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
            Assert.Equal(values[0], values[1] + values[2]);
            return values[0];
        }
    }

    [Fact]
    public void An_engine_that_does_not_translate_has_nothing_to_tell()
    {
        using var vm = Vm.Create(new MachineConfiguration { Firmware = "none", MemoryBytes = 4 << 20 }, BoardCatalog.RiscV,
            new VmOptions { Accelerator = () => Translation.Engines.Create("interp") });
        Assert.Equal("engine 'interp' does not translate, so there is nothing to tell\r\n", new MonitorSession(_context with { Vm = vm }).Execute("info jit"));
    }

    [Fact]
    public void A_saved_machine_comes_back()
    {
        var path = Path.GetTempFileName();
        try
        {
            _vm.Step(0);
            Assert.Equal("", _monitor.Execute($"savevm {path}"));
            _vm.Step(0);
            Assert.NotEqual("4100\r\n", _monitor.Execute("print $pc"));
            Assert.Equal("", _monitor.Execute($"loadvm {path}"));
            Assert.Equal("4100\r\n", _monitor.Execute("print $pc"));
            File.WriteAllBytes(path, new byte[100]);
            Assert.StartsWith("Error: ", _monitor.Execute($"loadvm {path}"), StringComparison.Ordinal);
            Assert.Equal("4100\r\n", _monitor.Execute("print $pc"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_running_machine_is_saved_aside_and_lines_typed_meanwhile_wait()
    {
        var path = Path.GetTempFileName();
        try
        {
            var console = new RecordingConsole();
            var monitor = new HumanMonitor(_context, console);
            _vm.Resume();
            _vm.Loop.Invoke(() => monitor.Receive(System.Text.Encoding.UTF8.GetBytes($"savevm {path}\rinfo status\r")));
            console.WaitFor("VM status: running");
            using var file = File.OpenRead(path);
            _vm.Load(file);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Registers_of_one_processor_or_of_all()
    {
        var one = _monitor.Execute("info registers");
        Assert.Contains("CPU#0 (M mode)\r\n zero", one, StringComparison.Ordinal);
        Assert.Contains("mstatus", one, StringComparison.Ordinal);
        Assert.DoesNotContain("CPU#1", one, StringComparison.Ordinal);
        _monitor.Execute("cpu 1");
        Assert.Contains("CPU#1", _monitor.Execute("info registers"), StringComparison.Ordinal);
        Assert.Contains("CPU#0", _monitor.Execute("info registers -a"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_memory_map_has_the_boards_devices()
    {
        var map = _monitor.Execute("info mtree");
        Assert.Contains("  0000000080000000-00000000803fffff (ram): ram\r\n", map, StringComparison.Ordinal);
        Assert.Contains("(i/o): serial\r\n", map, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_command_is_in_the_help()
    {
        var help = _monitor.Execute("help");
        Assert.All(new[] { "stop", "cont", "savevm", "loadvm", "x ", "xp ", "print", "log", "quit", "system_reset", "system_powerdown" },
            name => Assert.Contains(name, help, StringComparison.Ordinal));
        Assert.Equal(1, _monitor.Execute("help quit").Split("\r\n").Length - 1);
    }

    [Fact]
    public void The_log_can_be_switched()
    {
        using var vm = Vm.Create(new MachineConfiguration { Firmware = "none", MemoryBytes = 4 << 20 }, BoardCatalog.RiscV,
            new VmOptions { Log = new MachineLog(TextWriter.Null, LogItems.None) });
        var monitor = new MonitorSession(_context with { Vm = vm });
        monitor.Execute("log int,guest_errors");
        Assert.Equal(LogItems.Interrupts | LogItems.GuestErrors, vm.Machine.Log.Items);
        monitor.Execute("log none");
        Assert.Equal(LogItems.None, vm.Machine.Log.Items);
    }

    [Fact]
    public void Quit_asks_the_front_end()
    {
        _monitor.Execute("q");
        Assert.Equal(0, _quitWith);
    }

    [Theory]
    [InlineData("info name\r", "info name\r\nbox\r\n> ")]
    [InlineData("inx\u007ffo name\r", "inx\b \bfo name\r\nbox\r\n> ")]
    [InlineData("junk\u0015info name\r", "junk\b \b\b \b\b \b\b \binfo name\r\nbox\r\n> ")]
    [InlineData("info nonsense\u0017name\r", "info nonsense\b \b\b \b\b \b\b \b\b \b\b \b\b \b\b \bname\r\nbox\r\n> ")]
    [InlineData("inf\tname\r", "info name\r\nbox\r\n> ")]
    [InlineData("info name\r\x1b[A\r", "info name\r\nbox\r\n> info name\r\nbox\r\n> ")]
    [InlineData("\x1b[A\x1b[B\x1b[5~\r", "\r\n> ")]
    public void A_line_is_edited_as_on_any_terminal(string keys, string screen)
    {
        var console = new RecordingConsole();
        var monitor = new HumanMonitor(_context, console);
        monitor.Greet();
        monitor.Receive(System.Text.Encoding.Latin1.GetBytes(keys));
        Assert.Equal("hello\r\n> " + screen, console.Output);
        monitor.Greet();
        Assert.EndsWith("\r\n> ", console.Output, StringComparison.Ordinal);
    }
}
