using Mimus.Core.Devices;
using Mimus.Devices.Firmware;
using Mimus.Devices.Pci;
using Mimus.Devices.Tests.Support;

namespace Mimus.Devices.Tests.Pci;

public sealed class ChipSetTests : IMachineControl
{
    private readonly PciSystem _system = new();
    private readonly Wires _isa = new(16), _ioApic = new(8);
    private int _resets;

    [Fact]
    public void The_440fx_puts_memory_behind_roms()
    {
        _system.Bus.Add(new I440Fx("host", _system), 0);
        Assert.Equal(0x12378086u, _system.Read(0, 0));
        _system.Shadow.Clear();
        _system.Write(0, 0x59, 0x30, 1);
        Assert.Equal(["f0000 10000 rw"], _system.Shadow);
        _system.Shadow.Clear();
        _system.Write(0, 0x5a, 0x12, 1);
        Assert.Equal(["c0000 4000 -w", "c4000 4000 r-"], _system.Shadow);
        _system.Shadow.Clear();
        _system.Write(0, 0x5f, 0x33, 1);
        Assert.Equal(["e8000 4000 rw", "ec000 4000 rw"], _system.Shadow);
        _system.Shadow.Clear();
        _system.Bus.Find(0, 0)!.Reset();
        Assert.Equal(["f0000 10000 --", "c0000 4000 --", "c4000 4000 --", "e8000 4000 --", "ec000 4000 --"], _system.Shadow);
    }

    [Fact]
    public void System_management_memory_can_be_locked()
    {
        _system.Bus.Add(new I440Fx("host", _system), 0);
        Assert.Equal(0x02u, _system.Read(0, 0x72, 1));
        _system.Shadow.Clear();
        _system.Write(0, 0x72, 0x4a, 1);
        _system.Write(0, 0x72, 0x1a, 1);
        Assert.Equal(["smram on open", "smram on closed"], _system.Shadow);
        _system.Write(0, 0x72, 0x48, 1);
        Assert.Equal(0x1au, _system.Read(0, 0x72, 1));
        _system.Bus.Find(0, 0)!.Reset();
        _system.Write(0, 0x72, 0x4a, 1);
        Assert.Equal(0x4au, _system.Read(0, 0x72, 1));
    }

    [Fact]
    public void The_q35_bridge_says_where_configuration_spaces_are()
    {
        var host = new Q35HostBridge("host", _system, _system.Memory) { Ecam = new PciEcam("ecam", _system.Bus) };
        _system.Bus.Add(host, 0);
        Assert.Null(host.EcamRange);
        _system.Write(0, 0x60, 0xb0000001);
        Assert.Equal(0x29c08086ul, _system.Memory.Find(0xb0000000)!.Read(0xb0000000, 4));
        Assert.Equal(256ul << 20, host.EcamRange!.Value.Length);
        _system.Write(0, 0x60, 0xbc000005);
        Assert.Equal(64ul << 20, host.EcamRange!.Value.Length);
        Assert.Equal(0xbc000000ul, host.EcamRange!.Value.Start);
        _system.Shadow.Clear();
        _system.Write(0, 0x90, 0x10, 1);
        Assert.Equal(["f0000 10000 r-"], _system.Shadow);
        host.Reset();
        Assert.Null(host.EcamRange);
    }

    [Fact]
    public void The_piix3_routes_wires_to_isa_interrupts()
    {
        var bridge = _system.Bus.Add(new Piix3("isa", _isa.Lines), 1);
        Assert.Equal(0x80u, _system.Read(1, 0x60, 1));
        bridge.SetLine(0, true);
        Assert.Equal(0, _isa.Rises);
        _system.Write(1, 0x60, 11, 1);
        Assert.True(_isa[11]);
        _system.Write(1, 0x60, 10, 1);
        Assert.False(_isa[11]);
        Assert.True(_isa[10]);
        _system.Write(1, 0x61, 10, 1);
        bridge.SetLine(1, true);
        bridge.SetLine(0, false);
        Assert.True(_isa[10]); // shared
        bridge.SetLine(1, false);
        Assert.False(_isa[10]);
        bridge.SetLine(2, true);
        _system.Write(1, 0x62, 0x02, 1); // not one that can be chosen
        _system.Write(1, 0x62, 0x8a, 1);
        Assert.False(_isa[10]);
    }

    [Fact]
    public void The_piix4_places_the_ports_of_power_management()
    {
        var power = new AcpiPowerManagement("pm", AcpiOptions.Piix4, new TestClock().Clock, _isa.Lines[9], this);
        _system.Bus.Add(new Piix4PowerManagement("pm-function", _system.Ports, power), 0);
        power.PressPowerButton();
        _system.Write(0, 0x40, 0x0601);
        Assert.Equal(0xffffu, _system.Ports.Read(0x600, 2));
        _system.Write(0, 0x80, 1, 1);
        Assert.Equal(0x0100u, _system.Ports.Read(0x600, 2));
        Assert.Equal(0x0601u, _system.Read(0, 0x40));
        Assert.Equal(9u, _system.Read(0, 0x3c, 1));
        _system.Write(0, 0x40, 0xb000);
        Assert.Equal(0xffffu, _system.Ports.Read(0x600, 2));
        Assert.Equal(0x0100u, _system.Ports.Read(0xb000, 2));
    }

    [Fact]
    public void The_ich9_has_eight_wires_that_reach_the_io_apic_too()
    {
        var power = new AcpiPowerManagement("pm", AcpiOptions.Ich9, new TestClock().Clock, _isa.Lines[9], this);
        var bridge = _system.Bus.Add(new Ich9LpcBridge("lpc", _isa.Lines, _ioApic.Lines, _system.Ports, power), 31);
        _system.Write(31, 0x69, 11, 1);
        bridge.SetLine(5, true);
        Assert.True(_isa[11]);
        Assert.True(_ioApic[5]);
        bridge.SetLine(5, false);
        Assert.False(_isa[11]);
        Assert.False(_ioApic[5]);
        power.PressPowerButton();
        _system.Write(31, 0x40, 0x0600);
        _system.Write(31, 0x44, 0x80, 1);
        Assert.Equal(0x0100u, _system.Ports.Read(0x600, 2));
        Assert.Equal(0, Ich9LpcBridge.Route(31, 0));
        Assert.Equal(6, Ich9LpcBridge.Route(2, 0));
    }

    [Fact]
    public void The_reset_control_acts_when_its_bit_rises()
    {
        var control = new ResetControl("cf9", this);
        var ports = new PciConfigurationPorts("pci", _system.Bus, control);
        ports.Write8(1, 0x02);
        Assert.Equal(0x02, ports.Read8(1));
        Assert.Equal(0, _resets);
        ports.Write8(1, 0x06);
        Assert.Equal(1, _resets);
        ports.Write32(0, 0x80000600); // the address, not this register
        Assert.Equal(1, _resets);
    }

    void IMachineControl.RequestPowerOff(int status)
    {
    }

    void IMachineControl.RequestReset() => _resets++;
}
