using Mimus.Core.Memory;
using Mimus.Devices.Pci;
using Mimus.Devices.Tests.Support;

namespace Mimus.Devices.Tests.Pci;

public sealed class PciTests
{
    private const int Command = 4, Status = 6, Bar0 = 0x10, Msix = 0x58, Msi = 0x40;
    private const ulong Slot3 = 3 << 15;

    private readonly PciSystem _system = new();
    private readonly TestFunction _function;

    public PciTests() => _function = _system.Bus.Add(new TestFunction(), 3);

    [Fact]
    public void The_header_says_what_the_function_is()
    {
        Assert.Equal(0x56781234u, _system.Read(3, 0));
        Assert.Equal(0x0c03309au, _system.Read(3, 8));
        Assert.Equal(0xef01abcdu, _system.Read(3, 0x2c));
        Assert.Equal(0x01, (int)_system.Read(3, 0x3d, 1));
        Assert.Equal(0x0010u, _system.Read(3, Status, 2));
        _system.Write(3, 0, 0);
        Assert.Equal(0x56781234u, _system.Read(3, 0));
        _system.Write(3, 0x3c, 0x5a, 1);
        Assert.Equal(0x5au, _system.Read(3, 0x3c, 1));
    }

    [Fact]
    public void Where_no_function_is_there_are_all_ones()
    {
        Assert.Equal(0xffffffffu, _system.Read(4, 0));
        Assert.Equal(0xffffffffu, _system.Read(3, 0, function: 1));
        _system.Bus.Add(new TestFunction(), 5, 1);
        Assert.Equal(0xffffffffu, _system.Read(5, 0, function: 1)); // no function 0, no device
        _system.Ports.Write(0xcf8, 4, 0x80011800); // bus 1
        Assert.Equal(0xffffffffu, _system.Ports.Read(0xcfc, 4));
        _system.Ports.Write(0xcf8, 4, 0x00001800); // not enabled
        Assert.Equal(0xffffffffu, _system.Ports.Read(0xcfc, 4));
        Assert.Equal(0x00001800u, _system.Ports.Read(0xcf8, 4));
        Assert.Throws<ArgumentException>(() => _system.Bus.Add(new TestFunction(), 3));
    }

    [Fact]
    public void Writing_ones_to_a_window_shows_its_length()
    {
        for (var i = 0; i < 6; i++) _system.Write(3, Bar0 + 4 * i, uint.MaxValue);
        Assert.Equal([0xffffffe1, 0xfffff000, 0x0000000c, 0xfffffffe, 0xffffe000, 0u], Enumerable.Range(0, 6).Select(i => _system.Read(3, Bar0 + 4 * i)));
    }

    [Fact]
    public void Windows_appear_where_they_are_placed_when_they_are_switched_on()
    {
        _system.Write(3, Bar0, 0xc000);
        _system.Write(3, Bar0 + 4, 0xe0000000);
        _system.Write(3, Bar0 + 8, 0x00000000);
        _system.Write(3, Bar0 + 12, 0x00000004);
        Assert.Equal(0xffu, _system.Ports.Read(0xc000, 1));
        _system.Write(3, Command, 3, 2);
        Assert.Equal(0u, _system.Ports.Read(0xc01f, 1));
        Assert.Equal(0xffu, _system.Ports.Read(0xc020, 1));
        Assert.Equal(0x01010101ul, _system.Memory.Find(0xe0000ffc)!.Read(0xe0000ffc, 4));
        Assert.Equal(0x0202ul, _system.Memory.Find(0x4_0000_0010)!.Read(0x4_0000_0010, 2));
        _system.Ports.Write(0xc004, 4, 0);
        Assert.Equal([(0, 4ul, 4)], _function.Writes);
        _system.Write(3, Bar0 + 4, 0xe0010000);
        Assert.Null(_system.Memory.Find(0xe0000000));
        Assert.NotNull(_system.Memory.Find(0xe0010000));
        _system.Write(3, Command, 1, 2);
        Assert.Null(_system.Memory.Find(0xe0010000));
        _function.Reset();
        Assert.Empty(_system.Memory.Regions);
        Assert.Equal(0xffu, _system.Ports.Read(0xc000, 1));
    }

    [Fact]
    public void A_window_on_top_of_something_else_is_seen_once_that_has_moved()
    {
        var other = _system.Bus.Add(new TestFunction("other"), 4);
        foreach (var slot in new[] { 3, 4 })
        {
            _system.Write(slot, Bar0 + 4, 0xe0000000);
            _system.Write(slot, Command, 2, 2);
        }
        Assert.Same(_function, _system.Memory.Find(0xe0000000)!.Device);
        _system.Write(3, Bar0 + 4, 0xe0100000);
        Assert.Same(other, _system.Memory.Find(0xe0000000)!.Device);
        _system.Write(3, Bar0 + 4, 0xe0000000); // too late
        Assert.Same(other, _system.Memory.Find(0xe0000000)!.Device);
        _system.Write(4, Command, 0, 2);
        Assert.Same(_function, _system.Memory.Find(0xe0000000)!.Device);
        _system.Write(3, Bar0, 0xfff0_0000); // beyond the ports
        _system.Write(3, Command, 3, 2);
    }

    [Fact]
    public void Interrupt_pins_share_wires_and_can_be_switched_off()
    {
        var other = _system.Bus.Add(new TestFunction("other"), 7); // 7 and 3 are four apart
        _function.SetInterrupt(true);
        Assert.True(_system.Wires[3]);
        Assert.Equal(0x0018u, _system.Read(3, Status, 2));
        other.SetInterrupt(true);
        _function.SetInterrupt(false);
        Assert.True(_system.Wires[3]);
        _system.Write(7, Command, 0x400, 2);
        Assert.False(_system.Wires[3]);
        Assert.Equal(0x0018u, _system.Read(7, Status, 2)); // it still wants to
        _system.Write(7, Command, 0, 2);
        Assert.True(_system.Wires[3]);
    }

    [Fact]
    public void Capabilities_are_a_list()
    {
        Assert.Equal((uint)Msix, _system.Read(3, 0x34, 1));
        Assert.Equal(0x00454011u, _system.Read(3, Msix)); // 70 vectors, the next is at 40h
        Assert.Equal(0x01840005u, _system.Read(3, Msi));
    }

    [Fact]
    public void Msi_sends_what_the_guest_says_and_masks_hold_it_back()
    {
        _system.Write(3, Msi + 4, 0xfee01003);
        _system.Write(3, Msi + 12, 0x4160, 2);
        _system.Write(3, Msi + 2, 0x0021, 2); // on, four vectors
        _system.Write(3, Command, 4, 2);
        _function.SignalMsi(2);
        Assert.Equal([(0xfee01000ul, 0x4162u)], _system.Messages);
        _system.Write(3, Msi + 16, 0x2);
        _function.SignalMsi(1);
        Assert.Single(_system.Messages);
        Assert.Equal(2u, _system.Read(3, Msi + 20));
        _system.Write(3, Msi + 16, 0);
        Assert.Equal((0xfee01000ul, 0x4161u), _system.Messages[^1]);
        Assert.Equal(0u, _system.Read(3, Msi + 20));
        _system.Write(3, Msi + 2, 0x0001, 2); // one vector for all
        _function.SignalMsi(3);
        Assert.Equal((0xfee01000ul, 0x4160u), _system.Messages[^1]);
        _function.SetInterrupt(true);
        Assert.False(_system.Wires[3]); // messages instead of the pin
        _system.Write(3, Command, 0, 2);
        _function.SignalMsi(0);
        Assert.Equal(3, _system.Messages.Count); // no bus master, no message
    }

    [Fact]
    public void Msix_has_a_table_with_masks_and_pending_bits()
    {
        const ulong table = 0xe0000000;
        _system.Write(3, Bar0 + 16, (uint)table);
        _system.Write(3, Command, 6, 2);
        Assert.Equal(0x00000004u, _system.Read(3, Msix + 4));
        Assert.Equal(0x00001004u, _system.Read(3, Msix + 8));
        var window = _system.Memory.Find(table)!;
        Assert.Equal(1ul, window.Read(table + 12, 4)); // masked after reset
        window.Write(table + 65 * 16, 8, 0xfee02000);
        window.Write(table + 65 * 16 + 8, 4, 0x71);
        _system.Write(3, Msix + 2, 0x8000, 2);
        _function.SignalMsix(65);
        Assert.Empty(_system.Messages);
        Assert.Equal(2ul, window.Read(table + 0x1008, 8));
        window.Write(table + 65 * 16 + 12, 4, 0);
        Assert.Equal([(0xfee02000ul, 0x71u)], _system.Messages);
        Assert.Equal(0ul, window.Read(table + 0x1008, 8));
        _system.Write(3, Msix + 2, 0xc000, 2); // the whole function
        _function.SignalMsix(65);
        Assert.Single(_system.Messages);
        _system.Write(3, Msix + 2, 0x8000, 2);
        Assert.Equal(2, _system.Messages.Count);
        _function.SignalMsix(70);
        _function.SignalMsix(-1);
    }

    [Fact]
    public void Configuration_spaces_are_in_memory_too()
    {
        var ecam = new PciEcam("ecam", _system.Bus);
        Assert.Equal(0x56781234u, ecam.Read32(Slot3));
        Assert.Equal(0x5678, ecam.Read16(Slot3 + 2));
        ecam.Write16(Slot3 + Command, 0xffff);
        Assert.Equal(0x0547, ecam.Read16(Slot3 + Command));
        Assert.Equal(0xffffffffu, ecam.Read32(Slot3 + 0x100)); // conventional PCI ends there
        Assert.Equal(0xffffffffu, ecam.Read32(Slot3 + (1 << 20)));
    }

    [Fact]
    public void Accesses_to_parts_and_across_registers_work()
    {
        Assert.Equal(0x78u, _system.Read(3, 2, 1));
        _system.Ports.Write(0xcf8, 4, 0x80001800);
        Assert.Equal(0xffff5678u, _system.Ports.Read(0xcfe, 4)); // half of it is beyond the ports
        Assert.Equal(0xffu, _system.Ports.Read(0xcf8, 1)); // not the address
        _system.Ports.Write(0xcf8, 1, 0);
        Assert.Equal(0x80001800u, _system.Ports.Read(0xcf8, 4));
    }

    [Fact]
    public void A_snapshot_cannot_change_what_a_function_is()
    {
        _system.Write(3, Bar0 + 4, 0xe0000000);
        _system.Write(3, Command, 2, 2);
        var saved = RecordingVisitor.Save(_function);
        _function.Reset();
        saved[0].Value[0] = 0x99;
        RecordingVisitor.Restore(_function, saved);
        Assert.Equal(0x56781234u, _system.Read(3, 0));
        Assert.NotNull(_system.Memory.Find(0xe0000000));
    }

    [Fact]
    public void An_expansion_rom_is_a_window_with_a_switch_of_its_own()
    {
        var function = new TestFunction("rom");
        function.SetRom([0x55, 0xaa, 0x08, .. new byte[3000]]);
        _system.Bus.Add(function, 9);
        _system.Write(9, 0x30, 0xfffffffe);
        Assert.Equal(0xfffff000u, _system.Read(9, 0x30));
        _system.Write(9, 0x30, 0xfd000000);
        _system.Write(9, Command, 2, 2);
        Assert.Null(_system.Memory.Find(0xfd000000));
        _system.Write(9, 0x30, 0xfd000001);
        Assert.Equal(0x0008aa55ul, _system.Memory.Find(0xfd000000)!.Read(0xfd000000, 4));
        _system.Memory.Find(0xfd000000)!.Write(0xfd000000, 4, 0);
        Assert.Equal(0x0008aa55ul, _system.Memory.Find(0xfd000000)!.Read(0xfd000000, 4));
        Assert.Equal(0u, _system.Read(3, 0x30));
    }

    [Fact]
    public void Windows_may_not_overlap_memory()
    {
        using var memory = new GuestMemory();
        _system.Memory.Map(memory.Add("ram", new AddressRange(0, 1 << 20)));
        _system.Write(3, Bar0 + 4, 0x1000);
        _system.Write(3, Command, 2, 2);
        Assert.NotNull(_system.Memory.Find(0x1000)!.Ram);
    }
}
