using Mimus.Boards;
using Mimus.Control.Gdb;

namespace Mimus.Control.Tests.Gdb;

/// <summary>A machine with the small guest and a debugger's server in front of it.</summary>
internal sealed class Stage : IDisposable
{
    public Stage(int cpus = 1, string endpoint = "tcp::0")
    {
        Vm = Vm.Create(new MachineConfiguration { Cpus = cpus, Firmware = "none", KernelImage = GuestProgram.Image(), MemoryBytes = 16 << 20 },
            BoardCatalog.RiscV);
        Server = GdbServer.Start(Vm, endpoint);
    }

    public Vm Vm { get; }

    public GdbServer Server { get; }

    /// <summary>Connects as a debugger, at the guest's main loop unless it is to stay where it is.</summary>
    public GdbClient Connect(bool toLoop = true)
    {
        var client = new GdbClient(Server.Port);
        client.Ask("qSupported:swbreak+;hwbreak+");
        if (!toLoop) return client;
        client.AskOk($"Z0,{GuestProgram.Loop:x},4");
        Assert.Equal("T05thread:01;swbreak:;", client.Ask("vCont;c"));
        client.AskOk($"z0,{GuestProgram.Loop:x},4");
        return client;
    }

    /// <summary>Waits until the server has seen a debugger leave, or for anything else that comes about on another thread.</summary>
    public static void Until(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(10)));

    public void Dispose()
    {
        Server.Dispose();
        Vm.Dispose();
    }
}
