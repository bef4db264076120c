using Mimus.Core.Devices;
using Mimus.Core.Diagnostics;
using Mimus.Devices.Firmware;
using Mimus.Devices.Tests.Support;

namespace Mimus.Devices.Tests.Firmware;

public sealed class DebugPortTests : IMachineControl
{
    private readonly List<int> _powerOffs = [];

    [Fact]
    public void The_debug_console_says_that_it_is_there_and_takes_characters()
    {
        var console = new FakeConsole();
        var port = new DebugConsole("debugcon", console);
        Assert.Equal(0xe9, port.Read8(0));
        port.Write8(0, 'o');
        port.Write8(0, 'k');
        Assert.Equal("ok"u8.ToArray(), console.Output);
    }

    [Fact]
    public void The_debug_exit_makes_an_odd_status()
    {
        var port = new DebugExit("exit", this);
        port.Write32(0, 0);
        port.Write8(0, 0x10);
        port.Write32(0, 0x31);
        Assert.Equal([1, 0x21, 0x63], _powerOffs);
        Assert.Equal(0u, port.Read32(0));
    }

    [Fact]
    public void A_panic_ends_the_machine_and_is_told()
    {
        var text = new StringWriter();
        var port = new PanicPort("pvpanic", this, new MachineLog(text, LogItems.GuestErrors), status: 1);
        Assert.Equal(3, port.Read8(0));
        port.Write8(0, 2);
        Assert.Empty(_powerOffs);
        port.Write8(0, 1);
        Assert.Equal([1], _powerOffs);
        Assert.Contains("crash kernel", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("has panicked", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_post_code_is_kept()
    {
        var port = new PostCodePort("post");
        port.Write8(0, 0x5a);
        Assert.Equal(0x5a, port.Code);
        Assert.Equal(0x5a, port.Read8(0));
        port.Reset();
        Assert.Equal(0, port.Code);
    }

    void IMachineControl.RequestPowerOff(int status) => _powerOffs.Add(status);

    void IMachineControl.RequestReset()
    {
    }
}
