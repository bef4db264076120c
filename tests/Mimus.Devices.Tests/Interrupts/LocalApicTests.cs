using Mimus.Devices.Interrupts;
using Mimus.Devices.Tests.Support;

namespace Mimus.Devices.Tests.Interrupts;

public sealed class LocalApicTests
{
    private const ulong Id = 0x20, Version = 0x30, Tpr = 0x80, Ppr = 0xa0, Eoi = 0xb0, Ldr = 0xd0, Dfr = 0xe0, Svr = 0xf0, Isr = 0x100, Tmr = 0x180,
        Irr = 0x200, Esr = 0x280, IcrLow = 0x300, IcrHigh = 0x310, LvtTimer = 0x320, LvtLint0 = 0x350, LvtLint1 = 0x360, LvtError = 0x370,
        Initial = 0x380, Current = 0x390, Divide = 0x3e0;

    private const uint Masked = 0x10000, DivideByOne = 0xb;

    private readonly ApicSystem _system = new(4);

    private LocalApic First => _system.Locals[0];

    [Fact]
    public void After_reset_the_registers_have_the_values_of_the_manual()
    {
        First.Reset();
        Assert.Equal(0u, First.Read32(Id));
        Assert.Equal(0x02000000u, _system.Locals[2].Read32(Id));
        Assert.Equal(0x01050014u, First.Read32(Version));
        Assert.Equal(0xffu, First.Read32(Svr));
        Assert.Equal(0xffffffffu, First.Read32(Dfr));
        Assert.Equal(0u, First.Read32(Ldr));
        Assert.All(new[] { LvtTimer, LvtLint1, LvtError }, lvt => Assert.Equal(Masked, First.Read32(lvt)));
        Assert.Equal(0x700u, First.Read32(LvtLint0)); // the 8259s' interrupts come through
        Assert.Equal(Masked, _system.Locals[1].Read32(LvtLint0));
        Assert.True(First.TryReadMsr(0x1b, out var apicBase));
        Assert.Equal(0xfee00900ul, apicBase);
        Assert.True(_system.Locals[1].TryReadMsr(0x1b, out apicBase));
        Assert.Equal(0xfee00800ul, apicBase);
    }

    [Fact]
    public void A_fixed_interrupt_is_requested_serviced_and_ended()
    {
        Send(0x51);
        Assert.Equal([0], _system.Interrupted);
        Assert.Equal(1u << 17, First.Read32(Irr + 0x20));
        Assert.Equal(0x51, First.Acknowledge());
        Assert.Empty(_system.Interrupted);
        Assert.Equal(0u, First.Read32(Irr + 0x20));
        Assert.Equal(1u << 17, First.Read32(Isr + 0x20));
        Assert.Equal(0x50u, First.Read32(Ppr));
        First.Write32(Eoi, 0);
        Assert.Equal(0u, First.Read32(Isr + 0x20));
        Assert.Equal(0u, First.Read32(Ppr));
    }

    [Fact]
    public void Only_a_higher_class_interrupts()
    {
        Send(0x51);
        First.Acknowledge();
        Send(0x5f);
        Assert.Empty(_system.Interrupted);
        Send(0x60);
        Assert.Equal([0], _system.Interrupted);
        Assert.Equal(0x60, _system.Serve(0));
        Assert.Empty(_system.Interrupted);
        First.Write32(Eoi, 0);
        Assert.Equal(0x5f, _system.Serve(0));
        First.PriorityClass = 6;
        Assert.Equal(0x60u, First.Read32(Tpr));
        Send(0x6f);
        Assert.Empty(_system.Interrupted);
        First.Write32(Tpr, 0x5f);
        Assert.Equal(5, First.PriorityClass);
        Assert.Equal([0], _system.Interrupted);
    }

    [Fact]
    public void A_request_that_is_held_back_meanwhile_is_spurious()
    {
        First.Write32(Svr, 0x1ef);
        Send(0x51);
        First.PriorityClass = 15;
        Assert.Equal(0xef, First.Acknowledge());
        Assert.Equal(0u, First.Read32(Isr + 0x1c0));
    }

    [Theory]
    [InlineData(0x00000, new[] { 2 })]  // the destination field
    [InlineData(0x40000, new[] { 0 })]  // self
    [InlineData(0x80000, new[] { 0, 1, 2, 3 })]
    [InlineData(0xc0000, new[] { 1, 2, 3 })]
    public void Interprocessor_interrupts_go_where_the_command_says(uint shorthand, int[] expected)
    {
        First.Write32(IcrHigh, 2u << 24);
        First.Write32(IcrLow, 0x40 | shorthand);
        Assert.Equal(expected, _system.Interrupted);
        Assert.Equal(0x40 | shorthand, First.Read32(IcrLow)); // never pending
    }

    [Fact]
    public void Everybody_has_the_highest_physical_id()
    {
        First.Write32(IcrHigh, 0xff000000);
        First.Write32(IcrLow, 0x40);
        Assert.Equal([0, 1, 2, 3], _system.Interrupted);
    }

    [Fact]
    public void Init_and_start_up_begin_another_processor()
    {
        var second = _system.Locals[1];
        second.Write32(Tpr, 0x20);
        First.Write32(IcrHigh, 1u << 24);
        First.Write32(IcrLow, 0xc500);
        First.Write32(IcrLow, 0x8500); // the end of the level does nothing
        First.Write32(IcrLow, 0x0609);
        First.Write32(IcrLow, 0x0400);
        First.Write32(IcrLow, 0x0200);
        Assert.Equal(["init", "start 09", "nmi", "smi"], _system.Events[1].Seen);
        Assert.Empty(_system.Events[0].Seen);
        Assert.Equal(0u, second.Read32(Tpr));
        Assert.Equal(0x01000000u, second.Read32(Id));
        Assert.Equal(0xffu, second.Read32(Svr));
    }

    [Theory]
    [InlineData(0x0a, new[] { 1, 3 })]
    [InlineData(0xff, new[] { 0, 1, 2, 3 })]
    [InlineData(0x00, new int[0])]
    public void Logical_destinations_are_a_bit_each_in_the_flat_model(uint destination, int[] expected)
    {
        for (var i = 0; i < 4; i++) _system.Locals[i].Write32(Ldr, 1u << (24 + i));
        First.Write32(IcrHigh, destination << 24);
        First.Write32(IcrLow, 0x40 | 0x800);
        Assert.Equal(expected, _system.Interrupted);
    }

    [Theory]
    [InlineData(0x13, new[] { 0, 1 })]
    [InlineData(0x22, new[] { 3 })]
    [InlineData(0xf1, new[] { 0, 2 })]
    [InlineData(0x31, new int[0])]
    public void In_the_cluster_model_the_high_half_names_the_cluster(uint destination, int[] expected)
    {
        var ids = new uint[] { 0x11, 0x12, 0x21, 0x22 };
        for (var i = 0; i < 4; i++)
        {
            _system.Locals[i].Write32(Dfr, 0x0fffffff);
            _system.Locals[i].Write32(Ldr, ids[i] << 24);
        }
        First.Write32(IcrHigh, destination << 24);
        First.Write32(IcrLow, 0x40 | 0x800);
        Assert.Equal(expected, _system.Interrupted);
    }

    [Fact]
    public void Lowest_priority_chooses_the_least_busy()
    {
        for (var i = 0; i < 4; i++)
        {
            _system.Locals[i].Write32(Ldr, 1u << (24 + i));
            _system.Locals[i].Write32(Tpr, i == 2 ? 0x10u : 0x30u);
        }
        First.Write32(IcrHigh, 0xff000000);
        First.Write32(IcrLow, 0x41 | 0x900);
        Assert.Equal([2], _system.Interrupted);
        _system.Locals[2].Write32(Svr, 0); // takes nothing
        First.Write32(Tpr, 0x20);
        First.Write32(IcrLow, 0x42 | 0x900);
        Assert.Equal(0x42, First.Acknowledge());
    }

    [Fact]
    public void The_one_shot_timer_counts_down_once()
    {
        First.Write32(LvtTimer, 0x80);
        First.Write32(Divide, 0x3); // by 16
        First.Write32(Initial, 1000);
        _system.Time.Advance(4000);
        Assert.Equal(750u, First.Read32(Current));
        _system.Time.Advance(11_999);
        Assert.Empty(_system.Interrupted);
        _system.Time.Advance(1);
        Assert.Equal([0], _system.Interrupted);
        Assert.Equal(0u, First.Read32(Current));
        Assert.Equal(0x80, _system.Serve(0));
        _system.Time.Advance(100_000);
        Assert.Empty(_system.Interrupted);
    }

    [Theory]
    [InlineData(0x0, 2)]
    [InlineData(0x1, 4)]
    [InlineData(0x2, 8)]
    [InlineData(0x3, 16)]
    [InlineData(0x8, 32)]
    [InlineData(0x9, 64)]
    [InlineData(0xa, 128)]
    [InlineData(0xb, 1)]
    public void The_timers_clock_is_divided(uint divide, int by)
    {
        First.Write32(Divide, divide);
        First.Write32(Initial, 100);
        _system.Time.Advance(10 * by);
        Assert.Equal(90u, First.Read32(Current));
    }

    [Fact]
    public void The_periodic_timer_goes_on_and_stops_with_a_count_of_0()
    {
        First.Write32(Divide, DivideByOne);
        First.Write32(LvtTimer, 0x20080);
        First.Write32(Initial, 1000);
        for (var i = 0; i < 3; i++)
        {
            _system.Time.Advance(1000);
            Assert.Equal(0x80, _system.Serve(0));
        }
        _system.Time.Advance(300);
        Assert.Equal(700u, First.Read32(Current));
        First.Write32(Initial, 0);
        _system.Time.Advance(5000);
        Assert.Empty(_system.Interrupted);
        Assert.Equal(0u, First.Read32(Current));
    }

    [Fact]
    public void A_masked_timer_counts_without_interrupting()
    {
        First.Write32(Divide, DivideByOne);
        First.Write32(LvtTimer, Masked | 0x80);
        First.Write32(Initial, 1000);
        _system.Time.Advance(2000);
        Assert.Empty(_system.Interrupted);
    }

    [Fact]
    public void The_timer_can_wait_for_a_value_of_the_time_stamp_counter()
    {
        First.Write32(LvtTimer, 0x40080);
        Assert.True(First.TryWriteMsr(0x6e0, _system.Tsc.Ticks + 2000));
        Assert.True(First.TryReadMsr(0x6e0, out var deadline));
        Assert.Equal(2000ul, deadline);
        First.Write32(Initial, 5); // ignored in this mode
        Assert.Equal(0u, First.Read32(Initial));
        _system.Time.Advance(999);
        Assert.Empty(_system.Interrupted);
        _system.Time.Advance(1);
        Assert.Equal(0x80, _system.Serve(0));
        Assert.True(First.TryReadMsr(0x6e0, out deadline));
        Assert.Equal(0ul, deadline);

        Assert.True(First.TryWriteMsr(0x6e0, 1)); // long past
        _system.Time.Advance(0);
        Assert.Equal(0x80, _system.Serve(0));
        Assert.True(First.TryWriteMsr(0x6e0, _system.Tsc.Ticks + 2_000_000));
        _system.Tsc.Ticks += 2_000_000; // the counter is set
        Assert.Equal(0x80, _system.Serve(0));
        First.Write32(LvtTimer, 0x80);
        Assert.True(First.TryWriteMsr(0x6e0, 5));
        Assert.True(First.TryReadMsr(0x6e0, out deadline));
        Assert.Equal(0ul, deadline); // another mode has no deadline
    }

    [Fact]
    public void The_8259s_interrupt_comes_through_lint0_when_it_is_external()
    {
        First.Write32(LvtLint0, Masked);
        First.SetLine(LocalApic.Lint0, true);
        Assert.Empty(_system.Interrupted);
        First.Write32(LvtLint0, 0x700);
        Assert.Equal([0], _system.Interrupted);
        Assert.Equal(0x08, First.Acknowledge());
        First.SetLine(LocalApic.Lint0, false);
        Assert.Empty(_system.Interrupted);
        Assert.Equal(0u, First.Read32(Isr)); // it never enters service here
    }

    [Fact]
    public void An_apic_that_is_off_connects_its_pins_to_the_processor()
    {
        Assert.True(First.TryWriteMsr(0x1b, 0xfee00000));
        First.SetLine(LocalApic.Lint0, true);
        Assert.Equal([0], _system.Interrupted);
        Assert.Equal(0x08, First.Acknowledge());
        First.SetLine(LocalApic.Lint1, true);
        Assert.Equal(["nmi"], _system.Events[0].Seen);
        Assert.Equal(0u, First.Read32(Version));
    }

    [Fact]
    public void Lint1_is_usually_the_nmi()
    {
        First.Write32(LvtLint1, 0x400);
        First.SetLine(LocalApic.Lint1, true);
        First.SetLine(LocalApic.Lint1, true);
        Assert.Equal(["nmi"], _system.Events[0].Seen);
    }

    [Fact]
    public void Lint0_can_be_level_triggered()
    {
        First.Write32(LvtLint0, 0x8055);
        First.SetLine(LocalApic.Lint0, true);
        Assert.Equal(0x4000u, First.Read32(LvtLint0) & 0x4000);
        Assert.Equal(0x55, _system.Serve(0));
        Assert.Equal([0], _system.Interrupted);
        First.SetLine(LocalApic.Lint0, false);
        _system.Serve(0);
        Assert.Empty(_system.Interrupted);
        Assert.Equal(0u, First.Read32(LvtLint0) & 0x4000);
    }

    [Fact]
    public void Illegal_vectors_are_errors()
    {
        First.Write32(LvtError, 0xfe);
        First.Write32(IcrLow, 0x4000f);
        Assert.Equal(0xfe, _system.Serve(0));
        Assert.Equal(0u, First.Read32(Esr));
        First.Write32(Esr, 0);
        Assert.Equal(0x20u, First.Read32(Esr));
        First.Write32(Esr, 0);
        Assert.Equal(0u, First.Read32(Esr));
        _system.Bus.Send(0xfee00000, 0x05);
        First.Write32(Esr, 0);
        Assert.Equal(0x40u, First.Read32(Esr));
        First.Read32(0x3f0);
        First.Write32(Esr, 0);
        Assert.Equal(0x80u, First.Read32(Esr));
    }

    [Fact]
    public void While_it_is_software_disabled_everything_is_masked()
    {
        First.Write32(LvtTimer, 0x80);
        First.Write32(Svr, 0xff);
        Assert.Equal(Masked | 0x80, First.Read32(LvtTimer));
        First.Write32(LvtTimer, 0x80);
        Assert.Equal(Masked | 0x80, First.Read32(LvtTimer));
        Send(0x51);
        Assert.Empty(_system.Interrupted);
        _system.Bus.Send(0xfee00000, 0x400);
        Assert.Equal(["nmi"], _system.Events[0].Seen); // but not this
    }

    [Fact]
    public void Messages_of_devices_are_interrupts()
    {
        _system.Bus.Send(0xfee02000, 0x61);
        Assert.Equal([2], _system.Interrupted);
        for (var i = 0; i < 4; i++) _system.Locals[i].Write32(Ldr, 1u << (24 + i));
        _system.Bus.Send(0xfee0a00c, 0x62); // one of 1 and 3
        Assert.Equal([1, 2], _system.Interrupted);
        _system.Bus.Send(0xfed00000, 0x63);
        _system.Bus.Send(0x1_fee00000, 0x63);
        Assert.Equal([1, 2], _system.Interrupted);
    }

    [Fact]
    public void As_x2apic_the_registers_are_msrs()
    {
        var third = _system.Locals[2];
        Assert.False(third.TryReadMsr(0x802, out _));
        Assert.True(third.TryWriteMsr(0x1b, 0xfee00c00));
        Assert.Equal(2ul, Msr(third, 0x802));
        Assert.Equal(4ul, Msr(third, 0x80d));
        Assert.Equal(0u, third.Read32(Version)); // no more in memory
        Assert.False(third.TryReadMsr(0x80e, out _));
        Assert.False(third.TryReadMsr(0x831, out _));
        Assert.False(third.TryReadMsr(0x80b, out _));
        Assert.False(third.TryWriteMsr(0x802, 1));
        Assert.False(third.TryWriteMsr(0x80b, 1));
        Assert.False(third.TryWriteMsr(0x808, 0x100));
        Assert.False(third.TryWriteMsr(0x80f, 0x10000));
        Assert.False(third.TryWriteMsr(0x810, 0));
        Assert.True(third.TryWriteMsr(0x83f, 0x71));
        Assert.Equal([2], _system.Interrupted);
        Assert.Equal(0x71, third.Acknowledge());
        Assert.True(third.TryWriteMsr(0x80b, 0));
        Assert.True(third.TryWriteMsr(0x830, 0x3_0000_0072));
        Assert.Equal([3], _system.Interrupted);
        Assert.Equal(0x3_0000_0072ul, Msr(third, 0x830));
        Assert.True(third.TryWriteMsr(0x830, 0x0_0000_0004_0000 | 0x0800 | 0x73 | (0x0000_0004ul << 32))); // logical, but to itself
        Assert.Equal([2, 3], _system.Interrupted);
    }

    [Fact]
    public void X2apic_is_left_only_by_switching_off()
    {
        Assert.False(First.TryWriteMsr(0x1b, 0xfee00500));
        Assert.True(First.TryWriteMsr(0x1b, 0xfee00d00));
        Assert.False(First.TryWriteMsr(0x1b, 0xfee00900));
        Assert.True(First.TryWriteMsr(0x1b, 0xfee00100));
        Assert.False(First.TryWriteMsr(0x1b, 0xfee00d00));
        Assert.True(First.TryWriteMsr(0x1b, 0xfee00900));
        Assert.False(First.TryWriteMsr(0x1b, 0xfee00901));
        Assert.Equal(0xffu, First.Read32(Svr)); // what it had is lost
    }

    [Fact]
    public void A_restored_timer_goes_on()
    {
        First.Write32(Divide, DivideByOne);
        First.Write32(LvtTimer, 0x80);
        First.Write32(Initial, 1000);
        Send(0x51);
        var saved = RecordingVisitor.Save(First);
        First.Reset();
        Assert.Empty(_system.Interrupted);
        RecordingVisitor.Restore(First, saved);
        Assert.Equal(0x51, _system.Serve(0));
        _system.Time.Advance(1000);
        Assert.Equal(0x80, _system.Serve(0));
    }

    private static ulong Msr(LocalApic apic, uint msr)
    {
        Assert.True(apic.TryReadMsr(msr, out var value));
        return value;
    }

    private void Send(uint vector) => _system.Bus.Send(0xfee00000, vector);
}
