using Mimus.Core.Devices;
using Mimus.Devices.Interrupts;
using Mimus.Devices.Tests.Support;

namespace Mimus.Devices.Tests.Interrupts;

public sealed class SharedLineTests
{
    [Fact]
    public void A_shared_line_is_high_while_anybody_pulls_it()
    {
        var wires = new Wires(1);
        var shared = new SharedLine("shared", wires.Lines[0]);
        var (first, second) = (new IrqLine(shared, 0), new IrqLine(shared, 63));
        first.Set(true);
        second.Set(true);
        first.Set(false);
        Assert.True(wires[0]);
        second.Set(false);
        Assert.False(wires[0]);
        shared.SetLine(64, true);
        Assert.False(wires[0]);
    }

    [Fact]
    public void After_a_restore_it_does_not_fall_while_devices_drive_it_again_one_by_one()
    {
        var wires = new Wires(1);
        var shared = new SharedLine("shared", wires.Lines[0]);
        shared.SetLine(1, true);
        var other = new SharedLine("shared", wires.Lines[0]);
        RecordingVisitor.Restore(other, RecordingVisitor.Save(shared));
        var rises = wires.Rises;
        new IrqLine(other, 0).Redrive(false);
        new IrqLine(other, 1).Redrive(true);
        Assert.True(wires[0]);
        Assert.Equal(rises, wires.Rises);
    }
}
