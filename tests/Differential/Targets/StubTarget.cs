using Mimus.Boards;
using Mimus.Control.Gdb;

namespace Mimus.Differential.Tests.Targets;

/// <summary>A whole machine of Mimus behind Mimus' own gdb stub.</summary>
internal sealed class StubTarget : GdbTarget
{
    private readonly Vm _vm;
    private readonly GdbServer _server;
    private readonly string _folder;

    private StubTarget(Vm vm, GdbServer server, string folder, string socketPath) : base("Mimus' gdb stub", socketPath)
    {
        _vm = vm;
        _server = server;
        _folder = folder;
        // The device tree is in memory.
        Write(0x8000_0000, new byte[2 << 20]);
    }

    public static StubTarget Start()
    {
        var folder = Directory.CreateTempSubdirectory("mimus-").FullName;
        var socket = Path.Combine(folder, "gdb");
        var configuration = new MachineConfiguration { MemoryBytes = 2 << 20, Firmware = "none", CpuModel = "max,sscofpmf=off" };
        var vm = Vm.Create(configuration, BoardCatalog.RiscV);
        return new StubTarget(vm, GdbServer.Start(vm, $"unix:{socket}"), folder, socket);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing) return;
        _server.Dispose();
        _vm.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
