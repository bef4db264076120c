using Mimus.Core.Devices;
using Mimus.Devices.Firmware;
using Mimus.Devices.Tests.Support;

namespace Mimus.Devices.Tests.Firmware;

public sealed class AcpiPowerManagementTests : IMachineControl
{
    private const ulong Status = 0, Enable = 2, Control = 4, Timer = 8, General = 0x20, Command = 0x40;

    private readonly TestClock _time = new();
    private readonly Wires _sci = new(1);
    private readonly List<int> _powerOffs = [];
    private readonly AcpiPowerManagement _pm;

    public AcpiPowerManagementTests() => _pm = new AcpiPowerManagement("pm", AcpiOptions.Ich9, _time.Clock, _sci.Lines[0], this);

    [Fact]
    public void The_timer_counts_24_bits_at_its_frequency()
    {
        Assert.Equal(0u, _pm.Read32(Timer));
        _time.Advance(1_000_000_000);
        Assert.Equal(3_579_545u, _pm.Read32(Timer));
        _time.Advance(4_000_000_000);
        Assert.Equal(5 * 3_579_545u % (1 << 24), _pm.Read32(Timer));
    }

    [Fact]
    public void The_timers_highest_bit_raises_an_event_when_it_changes()
    {
        _pm.Write16(Enable, 1);
        _pm.Write16(Control, 1);
        _time.Advance(2_343_000_000);
        Assert.False(_sci[0]);
        _time.Advance(1_000_000);
        Assert.True(_sci[0]);
        Assert.Equal(1, _pm.Read16(Status));
        _pm.Write16(Status, 1);
        Assert.False(_sci[0]);
        _time.Advance(2_344_000_000);
        Assert.True(_sci[0]);
    }

    [Fact]
    public void The_power_button_interrupts_who_has_taken_over()
    {
        _pm.PressPowerButton();
        Assert.Equal(0x100, _pm.Read16(Status));
        Assert.False(_sci[0]);
        _pm.Write16(Enable, 0x100);
        Assert.False(_sci[0]);
        _pm.Write8(Command, 0x02);
        Assert.Equal(1, _pm.Read16(Control));
        Assert.True(_sci[0]);
        _pm.Write8(Command, 0x03);
        Assert.False(_sci[0]);
        _pm.Write8(Command, 0x02);
        _pm.Write8(Status + 1, 0x01); // by bytes
        Assert.False(_sci[0]);
    }

    [Fact]
    public void General_purpose_events_have_a_bit_each()
    {
        _pm.Write16(Control, 1);
        _pm.RaiseGeneralEvent(13);
        Assert.Equal(0x2000ul, _pm.Read(General, 8));
        Assert.False(_sci[0]);
        _pm.Write(General + 8, 8, 0x2000);
        Assert.True(_sci[0]);
        Assert.Equal(0x2000ul, _pm.Read(General + 8, 8));
        _pm.Write(General, 8, 0x2000);
        Assert.False(_sci[0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => _pm.RaiseGeneralEvent(64));
    }

    [Fact]
    public void The_deepest_sleep_switches_the_machine_off()
    {
        _pm.Write16(Control, 5 << 10 | 1 << 13);
        Assert.Empty(_powerOffs);
        Assert.Equal(5 << 10, _pm.Read16(Control)); // the enable reads as 0
        _pm.Write16(Control, 0);
        Assert.Empty(_powerOffs);
        _pm.Write16(Control, 1 << 13);
        Assert.Equal([0], _powerOffs);
    }

    void IMachineControl.RequestPowerOff(int status) => _powerOffs.Add(status);

    void IMachineControl.RequestReset()
    {
    }
}
