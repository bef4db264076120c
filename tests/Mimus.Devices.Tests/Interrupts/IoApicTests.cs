using Mimus.Devices.Interrupts;
using Mimus.Devices.Tests.Support;

namespace Mimus.Devices.Tests.Interrupts;

public sealed class IoApicTests
{
    private const ulong Level = 0x8000, Masked = 0x10000, RemoteRequest = 0x4000;

    private readonly ApicSystem _system = new(2);

    [Fact]
    public void After_reset_all_inputs_are_masked()
    {
        Assert.Equal(0x00170020u, _system.ReadIo(1));
        for (var i = 0; i < IoApic.Inputs; i++) Assert.Equal(0x10000u, _system.ReadIo(0x10 + 2 * i));
        _system.WriteIo(0, 0xffffffff);
        Assert.Equal(0x0f000000u, _system.ReadIo(0));
        Assert.Equal(0u, _system.ReadIo(0xff));
    }

    [Fact]
    public void An_edge_is_one_interrupt()
    {
        _system.Route(4, 0x51 | (1ul << 56));
        _system.IoApic.SetLine(4, true);
        Assert.Equal([1], _system.Interrupted);
        Assert.Equal(0x51, _system.Serve(1));
        Assert.Empty(_system.Interrupted);
        _system.IoApic.SetLine(4, false);
        _system.IoApic.SetLine(4, true);
        Assert.Equal([1], _system.Interrupted);
    }

    [Fact]
    public void An_edge_at_a_masked_input_is_lost()
    {
        _system.Route(4, Masked | 0x51);
        _system.IoApic.SetLine(4, true);
        _system.Route(4, 0x51);
        Assert.Empty(_system.Interrupted);
    }

    [Fact]
    public void A_level_comes_again_after_its_end_as_long_as_it_is_high()
    {
        _system.Route(10, Level | 0x52);
        _system.IoApic.SetLine(10, true);
        Assert.Equal(RemoteRequest, _system.ReadIo(0x10 + 20) & RemoteRequest);
        Assert.Equal(1u << 18, _system.Locals[0].Read32(0x180 + 0x20));
        Assert.Equal(0x52, _system.Serve(0));
        Assert.Equal([0], _system.Interrupted);
        _system.IoApic.SetLine(10, false);
        Assert.Equal(0x52, _system.Serve(0));
        Assert.Empty(_system.Interrupted);
        Assert.Equal(0ul, _system.ReadIo(0x10 + 20) & RemoteRequest);
    }

    [Fact]
    public void A_level_at_a_masked_input_waits()
    {
        _system.Route(10, Masked | Level | 0x52);
        _system.IoApic.SetLine(10, true);
        Assert.Empty(_system.Interrupted);
        _system.Route(10, Level | 0x52);
        Assert.Equal([0], _system.Interrupted);
    }

    [Fact]
    public void A_level_that_nobody_took_comes_when_somebody_does()
    {
        _system.Locals[0].Write32(0xf0, 0xff); // software disabled
        _system.Route(10, Level | 0x52);
        _system.IoApic.SetLine(10, true);
        Assert.Equal(0ul, _system.ReadIo(0x10 + 20) & RemoteRequest);
        _system.Locals[0].Write32(0xf0, 0x1ff);
        _system.Route(10, Level | 0x52);
        Assert.Equal([0], _system.Interrupted);
    }

    [Fact]
    public void The_end_can_be_told_to_the_io_apic_alone()
    {
        _system.Locals[0].Write32(0xf0, 0x11ff); // no broadcast
        _system.Route(10, Level | 0x52);
        _system.IoApic.SetLine(10, true);
        Assert.Equal(0x52, _system.Serve(0));
        Assert.Empty(_system.Interrupted);
        _system.IoApic.Write32(0x40, 0x52);
        Assert.Equal([0], _system.Interrupted);
    }

    [Fact]
    public void An_edge_after_a_level_waits_for_no_end()
    {
        _system.Route(10, Level | 0x52);
        _system.IoApic.SetLine(10, true);
        _system.Serve(0);
        _system.Serve(0);
        _system.Route(10, 0x52);
        Assert.Equal(0ul, _system.ReadIo(0x10 + 20) & RemoteRequest);
    }

    [Fact]
    public void Other_delivery_modes_reach_the_processor()
    {
        _system.Route(1, 0x400 | (1ul << 56));
        _system.IoApic.SetLine(1, true);
        Assert.Equal(["nmi"], _system.Events[1].Seen);
        _system.Route(2, 0x700);
        _system.IoApic.SetLine(2, true);
        Assert.Equal(0x08, _system.Locals[0].Acknowledge()); // the 8259s' vector
        Assert.Empty(_system.Interrupted);
    }

    [Fact]
    public void Isa_interrupts_reach_both_controllers()
    {
        var intr = new Wires(1);
        var pics = new PicPair("pic", intr.Lines[0]);
        var isa = new IsaInterrupts("isa", pics, _system.IoApic);
        _system.Route(2, 0x60);
        _system.Route(17, 0x61);
        isa.Connect(0).Set(true);
        Assert.Equal(0x01, pics.Read8(0));
        Assert.Equal(0x60, _system.Serve(0));
        isa.Connect(17).Set(true);
        Assert.Equal(0x61, _system.Serve(0));
        Assert.Equal(0x01, pics.Read8(0));
        var (first, second) = (isa.Connect(5), isa.Connect(5));
        first.Set(true);
        second.Set(true);
        first.Set(false);
        Assert.Equal(0x21, pics.Read8(0)); // somebody still pulls
        second.Set(false);
        Assert.Equal(0x01, pics.Read8(0));
    }

    [Fact]
    public void A_restored_table_is_in_force()
    {
        _system.Route(4, Level | 0x51);
        _system.IoApic.SetLine(4, true);
        var saved = RecordingVisitor.Save(_system.IoApic);
        _system.IoApic.Reset();
        RecordingVisitor.Restore(_system.IoApic, saved);
        Assert.Equal(0x51, _system.Serve(0));
        Assert.Equal([0], _system.Interrupted);
    }
}
