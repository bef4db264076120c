using System.Diagnostics;
using System.Globalization;
using Mimus.TestSupport;
using static Mimus.Control.Tests.Gdb.GuestProgram;

namespace Mimus.Control.Tests.Gdb;

/// <summary>The real debugger, told what to do by a file of commands.</summary>
public sealed class DebuggerTests
{
    [FactNeeding(Need.Gdb)]
    public async Task Gdb_debugs_the_guest()
    {
        using var stage = new Stage(cpus: 2);
        var output = await Run(stage,
            "info threads",
            $"break *0x{Store:x}",
            "continue",
            "info registers pc a0",
            "stepi",
            "x/4i $pc",
            "delete",
            $"watch *(long *)0x{Counter:x}",
            "continue",
            "delete",
            "p $fa0.double = 1.5",
            "p $ft11.double",
            "p/x $mstatus",
            "p/x $mhartid",
            "info registers fa0",
            "thread 2",
            "p/x $mhartid",
            $"p/x *(int *)0x{Base:x}",
            $"set var *(int *)0x{Base + 0x1800:x} = 0x12345678",
            $"x/wx 0x{Base + 0x1800:x}",
            "maintenance packet Qqemu.PhyMemMode:1",
            "maintenance packet qqemu.PhyMemMode",
            $"x/wx 0x{Uart:x}",
            "monitor hello",
            "detach");
        string[] expected =
        [
            "\"hart0\" (M mode)",
            $"Breakpoint 1, 0x{Store:x16} in ?? ()",
            $"pc             0x{Store:x}",
            "a0             0x1",
            $"0x{Load:x16} in ?? ()",
            $"=> 0x{Load:x}:\tld\ta2,12(s0)",
            $"0x{Jump:x}:\tj\t0x{Loop:x}",
            "Hardware watchpoint 2: *(long *)",
            "Old value = 1",
            "New value = 2",
            "$1 = 1.5",
            "$2 = 0",
            "$4 = 0x0",
            "{float = 0, double = 1.5}",
            "Switching to thread 2",
            "$5 = 0x1",
            "$6 = 0xf14022f3",
            "0x80001800:\t0x12345678",
            "received: \"OK\"",
            "received: \"1\"",
            "Cannot access memory at address 0x10000000",
            "the monitor heard hello",
            "[Inferior 1 (Remote target) detached]",
        ];
        foreach (var text in expected) Assert.True(output.Contains(text, StringComparison.Ordinal), $"'{text}' is missing in:\n{output}");
        Stage.Until(() => stage.Vm.State == VmState.Running);
    }

    [FactNeeding(Need.Gdb)]
    public async Task Gdb_hears_how_the_machine_ended()
    {
        using var stage = new Stage();
        var output = await Run(stage, $"set $pc = 0x{PowerOff:x}", "continue");
        Assert.Contains("(Remote target) exited normally]", output, StringComparison.Ordinal);
        Assert.Equal(0, await stage.Vm.Ended);
    }

    private static async Task<string> Run(Stage stage, params string[] commands)
    {
        stage.Server.MonitorCommand = command => $"the monitor heard {command}\n";
        var start = new ProcessStartInfo("gdb-multiarch") { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        string[] settings = ["set pagination off", "set confirm off", "set width 0", "set tcp connect-timeout 5"];
        var connect = string.Create(CultureInfo.InvariantCulture, $"target remote localhost:{stage.Server.Port}");
        foreach (var word in (string[])["--nx", "--batch", .. settings.Append(connect).Concat(commands).SelectMany(c => new[] { "-ex", c })])
            start.ArgumentList.Add(word);
        using var gdb = Process.Start(start)!;
        gdb.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var output = gdb.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = gdb.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            var text = await output + await errors;
            await gdb.WaitForExitAsync(limit.Token);
            return text;
        }
        finally
        {
            if (!gdb.HasExited) gdb.Kill();
        }
    }
}
