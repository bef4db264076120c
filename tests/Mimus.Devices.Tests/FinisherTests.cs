using Mimus.Core.Devices;
using Mimus.Devices.Firmware;
using Mimus.Devices.Tests.Support;

namespace Mimus.Devices.Tests;

public sealed class FinisherTests : IMachineControl
{
    private readonly List<int?> _requests = []; // null is a reset

    [Fact]
    public void The_guest_ends_or_restarts_the_machine()
    {
        var finisher = new Finisher("test", this);
        finisher.Write32(0, 0x5555);
        finisher.Write32(0, (42 << 16) | 0x3333);
        finisher.Write32(0, 0x3333);
        finisher.Write32(0, 0x7777);
        finisher.Write32(0, 0x1234);
        finisher.Write32(4, 0x5555);
        finisher.Write(0, 2, 0x5555);
        Assert.Equal([0, 42, 1, null, 0], _requests);
        Assert.Equal(0u, finisher.Read32(0));
    }

    void IMachineControl.RequestPowerOff(int status) => _requests.Add(status);

    void IMachineControl.RequestReset() => _requests.Add(null);
}
