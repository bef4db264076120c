using System.Diagnostics;
using Mimus.TestSupport;
using Mimus.TestSupport.RiscV;

namespace Mimus.Differential.Tests.Targets;

/// <summary>QEMU 10 with a hart that has the same extensions as <see cref="MimusTarget"/>'s.</summary>
internal sealed class QemuTarget : GdbTarget
{
    private const string Cpu = "rv64,h=off,v=off,zfh=on,zbkb=on,zbkc=on,zbkx=on,zicond=on,zcb=on,svinval=on,svnapot=on,svpbmt=on,svade=on,"
        + "svadu=on,smstateen=on,sscofpmf=off,pmu-mask=0xfffffff8";

    private readonly Process _process;
    private readonly string _folder;

    private QemuTarget(Process process, string folder, string socketPath) : base("QEMU", socketPath)
    {
        _process = process;
        _folder = folder;
        // mtimecmp of the timer is 0 at the start, so that its interrupt would be pending for ever.
        Write(0x200_4000, [255, 255, 255, 255, 255, 255, 255, 127]);
        // The device tree is in memory.
        Write(0x8000_0000, new byte[2 << 20]);
    }

    public static QemuTarget Start()
    {
        var folder = Directory.CreateTempSubdirectory("mimus-").FullName;
        var socket = Path.Combine(folder, "gdb");
        var process = Process.Start(new ProcessStartInfo(TestNeeds.Qemu10,
            ["-machine", "virt", "-cpu", Cpu, "-m", "2", "-bios", "none", "-display", "none", "-nodefaults", "-serial", "none", "-monitor", "none",
            "-S", "-gdb", $"unix:{socket},server=on,wait=off"])
        {
            RedirectStandardError = true,
            RedirectStandardInput = true,
        }) ?? throw new InvalidOperationException("QEMU does not start");
        try
        {
            for (var i = 0; i < 200 && !File.Exists(socket) && !process.HasExited; i++) Thread.Sleep(25);
            if (process.HasExited) throw new InvalidOperationException($"QEMU does not listen: {process.StandardError.ReadToEnd()}");
            return new QemuTarget(process, folder, socket);
        }
        catch
        {
            process.Kill();
            throw;
        }
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing) return;
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
