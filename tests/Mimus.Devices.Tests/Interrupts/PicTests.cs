using Mimus.Devices.Interrupts;
using Mimus.Devices.Tests.Support;

namespace Mimus.Devices.Tests.Interrupts;

public sealed class PicTests
{
    private const ulong Master = 0, MasterMask = 1, Slave = 2, SlaveMask = 3, Elcr = 4;
    private const int Eoi = 0x20, SpecificEoi = 0x60, ReadRequests = 0x0a, ReadInService = 0x0b;

    private readonly Wires _intr = new(1);
    private readonly PicPair _pic;

    public PicTests()
    {
        _pic = new PicPair("pic", _intr.Lines[0]);
        Initialize();
    }

    [Fact]
    public void A_rising_edge_interrupts_with_the_vector_of_its_level()
    {
        _pic.SetLine(1, true);
        Assert.True(_intr[0]);
        Assert.Equal(0x02, _pic.Read8(Master));
        Assert.Equal(0x31, _pic.Acknowledge());
        Assert.False(_intr[0]);
        Assert.Equal(0x00, _pic.Read8(Master));
        Assert.Equal(0x02, InService(Master));
        _pic.Write8(Master, Eoi);
        Assert.Equal(0x00, InService(Master));
        Assert.False(_intr[0]); // the line is still high: no second edge
        _pic.SetLine(1, false);
        _pic.SetLine(1, true);
        Assert.True(_intr[0]);
    }

    [Fact]
    public void Inputs_of_the_slave_come_by_way_of_level_2()
    {
        _pic.SetLine(12, true);
        Assert.True(_intr[0]);
        Assert.Equal(0x3c, _pic.Acknowledge());
        Assert.Equal(0x04, InService(Master));
        Assert.Equal(0x10, InService(Slave));
        _pic.SetLine(14, true);
        Assert.False(_intr[0]); // lower than what is in service
        _pic.Write8(Slave, Eoi);
        _pic.Write8(Master, Eoi);
        Assert.True(_intr[0]);
        Assert.Equal(0x3e, _pic.Acknowledge());
    }

    [Fact]
    public void The_lowest_number_has_the_highest_priority_and_nests()
    {
        _pic.SetLine(5, true);
        _pic.SetLine(3, true);
        Assert.Equal(0x33, _pic.Acknowledge());
        Assert.False(_intr[0]);
        _pic.SetLine(0, true);
        Assert.True(_intr[0]);
        Assert.Equal(0x30, _pic.Acknowledge());
        Assert.Equal(0x09, InService(Master));
        _pic.Write8(Master, Eoi);
        Assert.Equal(0x08, InService(Master));
        Assert.False(_intr[0]);
        _pic.Write8(Master, SpecificEoi | 3);
        Assert.True(_intr[0]);
        Assert.Equal(0x35, _pic.Acknowledge());
    }

    [Fact]
    public void The_mask_holds_requests_back_without_losing_them()
    {
        _pic.Write8(MasterMask, 0x02);
        _pic.SetLine(1, true);
        Assert.False(_intr[0]);
        Assert.Equal(0x02, _pic.Read8(Master));
        Assert.Equal(0x02, _pic.Read8(MasterMask));
        _pic.Write8(MasterMask, 0);
        Assert.True(_intr[0]);
    }

    [Fact]
    public void A_request_that_goes_before_it_is_acknowledged_is_spurious()
    {
        _pic.SetLine(1, true);
        _pic.SetLine(1, false);
        Assert.False(_intr[0]);
        Assert.Equal(0x37, _pic.Acknowledge());
        Assert.Equal(0, InService(Master)); // software tells it from a real one by this
    }

    [Fact]
    public void Level_triggered_inputs_request_again_until_the_device_lets_go()
    {
        _pic.Write8(Elcr, 0xff);
        _pic.Write8(Elcr + 1, 0xff);
        Assert.Equal(0xf8, _pic.Read8(Elcr)); // timer, keyboard and cascade are always edges
        Assert.Equal(0xde, _pic.Read8(Elcr + 1));
        _pic.SetLine(11, true);
        Assert.Equal(0x3b, _pic.Acknowledge());
        _pic.Write8(Slave, Eoi);
        _pic.Write8(Master, Eoi);
        Assert.True(_intr[0]);
        Assert.Equal(0x3b, _pic.Acknowledge());
        _pic.SetLine(11, false);
        _pic.Write8(Slave, Eoi);
        _pic.Write8(Master, Eoi);
        Assert.False(_intr[0]);
    }

    [Fact]
    public void Initialization_forgets_edges_masks_and_what_is_in_service()
    {
        _pic.Write8(MasterMask, 0xff);
        _pic.SetLine(4, true);
        _pic.Write8(Master, 0x11);
        Assert.Equal(0, _pic.Read8(Master));
        _pic.Write8(MasterMask, 0x40);
        _pic.Write8(MasterMask, 0x04);
        _pic.Write8(MasterMask, 0x01);
        Assert.Equal(0, _pic.Read8(MasterMask));
        Assert.False(_intr[0]);
        _pic.SetLine(4, false);
        _pic.SetLine(4, true);
        Assert.Equal(0x44, _pic.Acknowledge());
    }

    [Fact]
    public void Rotation_makes_the_level_that_was_served_the_lowest()
    {
        Raise(3, 6);
        Assert.Equal(0x33, _pic.Acknowledge());
        _pic.Write8(Master, 0xa0); // rotate on non-specific EOI: 4 is the highest now
        _pic.SetLine(3, false);
        _pic.SetLine(3, true);
        Assert.Equal(0x36, _pic.Acknowledge());
        _pic.Write8(Master, 0xe0 | 6); // rotate on specific EOI
        Assert.Equal(0x33, _pic.Acknowledge());
        _pic.Write8(Master, Eoi);

        _pic.Write8(Master, 0xc0 | 4); // set priority: 5 is the highest
        Lower(3, 6);
        Raise(3, 5);
        Assert.Equal(0x35, _pic.Acknowledge());
    }

    [Fact]
    public void Automatic_end_of_interrupt_leaves_nothing_in_service_and_can_rotate()
    {
        Initialize(icw4: 0x03);
        Raise(0, 1);
        Assert.Equal(0x30, _pic.Acknowledge());
        Assert.Equal(0, InService(Master));
        Assert.Equal(0x31, _pic.Acknowledge());
        _pic.Write8(Master, 0x80); // rotate in automatic EOI mode
        Lower(0, 1);
        Raise(0);
        Assert.Equal(0x30, _pic.Acknowledge());
        Lower(0);
        Raise(0, 1);
        Assert.Equal(0x31, _pic.Acknowledge());
        Assert.Equal(0x30, _pic.Acknowledge());
        _pic.Write8(Master, 0x00);
        Lower(0, 1);
        Raise(0, 1);
        Assert.Equal(0x31, _pic.Acknowledge()); // 0 stays the lowest; now nothing rotates
        Assert.Equal(0x30, _pic.Acknowledge());
    }

    [Fact]
    public void In_special_mask_mode_a_masked_level_in_service_holds_nothing_back()
    {
        _pic.SetLine(1, true);
        _pic.Acknowledge();
        _pic.SetLine(6, true);
        Assert.False(_intr[0]);
        _pic.Write8(MasterMask, 0x02);
        Assert.False(_intr[0]);
        _pic.Write8(Master, 0x68);
        Assert.True(_intr[0]);
        Assert.Equal(0x36, _pic.Acknowledge());
        _pic.Write8(Master, Eoi); // ends 6, not the masked 1
        Assert.Equal(0x02, InService(Master));
        _pic.Write8(Master, 0x48);
        _pic.Write8(Master, Eoi);
        Assert.Equal(0, InService(Master));
    }

    [Fact]
    public void In_special_fully_nested_mode_the_slave_interrupts_its_own_service()
    {
        _pic.SetLine(12, true);
        _pic.Acknowledge();
        _pic.SetLine(9, true);
        Assert.False(_intr[0]);
        Initialize(icw4: 0x11);
        Lower(12, 9);
        _pic.SetLine(12, true);
        Assert.Equal(0x3c, _pic.Acknowledge());
        _pic.SetLine(9, true);
        Assert.True(_intr[0]);
        Assert.Equal(0x39, _pic.Acknowledge());
        Assert.Equal(0x12, InService(Slave));
    }

    [Fact]
    public void A_poll_acknowledges_without_the_processor()
    {
        _pic.Write8(Master, 0x0c);
        Assert.Equal(0, _pic.Read8(Master) & 0x80);
        _pic.SetLine(5, true);
        _pic.Write8(Master, 0x0c);
        Assert.Equal(0x85, _pic.Read8(MasterMask));
        Assert.False(_intr[0]);
        Assert.Equal(0x20, InService(Master));
        Assert.Equal(0, _pic.Read8(MasterMask)); // one poll is one read
    }

    [Fact]
    public void A_single_controller_without_icw4_takes_two_words()
    {
        _pic.Write8(Master, 0x12);
        _pic.Write8(MasterMask, 0x58);
        _pic.Write8(MasterMask, 0xfe); // already the mask
        Assert.Equal(0xfe, _pic.Read8(MasterMask));
        _pic.SetLine(0, true);
        Assert.Equal(0x58, _pic.Acknowledge());
    }

    private void Initialize(int icw4 = 0x01)
    {
        foreach (var (address, vector, cascade) in new[] { (Master, 0x30, 0x04), (Slave, 0x38, 0x02) })
        {
            _pic.Write8(address, 0x11);
            _pic.Write8(address + 1, vector);
            _pic.Write8(address + 1, cascade);
            _pic.Write8(address + 1, icw4);
        }
    }

    private int InService(ulong address)
    {
        _pic.Write8(address, ReadInService);
        var levels = _pic.Read8(address);
        _pic.Write8(address, ReadRequests);
        return levels;
    }

    private void Raise(params int[] inputs) => Array.ForEach(inputs, i => _pic.SetLine(i, true));

    private void Lower(params int[] inputs) => Array.ForEach(inputs, i => _pic.SetLine(i, false));
}
