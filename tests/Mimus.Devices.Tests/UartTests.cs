using Mimus.Devices.Serial;
using Mimus.Devices.Tests.Support;

namespace Mimus.Devices.Tests;

public sealed class UartTests
{
    private const ulong Rbr = 0, Thr = 0, Dll = 0, Ier = 1, Dlm = 1, Iir = 2, Fcr = 2, Lcr = 3, Mcr = 4, Lsr = 5, Msr = 6, Scr = 7;

    private readonly FakeConsole _console = new();
    private readonly Wires _wires = new(1);
    private readonly Uart16550 _uart;

    public UartTests() => _uart = new Uart16550("uart", _console, _wires.Lines[0]);

    [Fact]
    public void After_reset_the_registers_have_the_values_of_the_data_sheet()
    {
        Assert.Equal(0x00, Get(Ier));
        Assert.Equal(0x01, Get(Iir));
        Assert.Equal(0x00, Get(Lcr));
        Assert.Equal(0x00, Get(Mcr));
        Assert.Equal(0x60, Get(Lsr));
        Assert.Equal(0xb0, Get(Msr));
        Assert.False(_wires[0]);
    }

    [Fact]
    public void Characters_go_to_the_console()
    {
        foreach (var c in "hi"u8) Set(Thr, c);
        Assert.Equal("hi"u8.ToArray(), _console.Output);
        Assert.Equal(0x60, Get(Lsr));
    }

    [Fact]
    public void The_divisor_latch_hides_data_and_interrupt_enable()
    {
        Set(Lcr, 0x83);
        Set(Dll, 0x34);
        Set(Dlm, 0x12);
        Assert.Equal(0x34, Get(Dll));
        Assert.Equal(0x12, Get(Dlm));
        Set(Lcr, 0x03);
        Assert.Equal(0, Get(Ier));
        Assert.Empty(_console.Output);
    }

    [Fact]
    public void Without_fifos_a_second_character_destroys_the_first()
    {
        Assert.Equal(1, _uart.InputRoom);
        _uart.Receive("a"u8);
        Assert.Equal(0x61, Get(Lsr));
        Assert.Equal(0, _uart.InputRoom);
        _uart.Receive("b"u8);
        Assert.Equal(0x63, Get(Lsr));
        Assert.Equal(0x61, Get(Lsr)); // reading it has cleared the overrun
        Assert.Equal('b', (char)Get(Rbr));
        Assert.Equal(0x60, Get(Lsr));
    }

    [Fact]
    public void A_full_fifo_keeps_its_characters_and_loses_the_new_one()
    {
        Set(Fcr, 0x01);
        _uart.Receive("0123456789abcdefX"u8);
        Set(Ier, 0x05);
        Assert.Equal(0xc6, Get(Iir)); // the line status is the most urgent
        Assert.Equal(0x63, Get(Lsr));
        Assert.Equal(0xc4, Get(Iir));
        var text = string.Concat(Enumerable.Range(0, 16).Select(_ => (char)Get(Rbr)));
        Assert.Equal("0123456789abcdef", text);
        Assert.Equal(0x60, Get(Lsr));
        Assert.Equal(0xc1, Get(Iir));
    }

    [Theory]
    [InlineData(0x01, 1)]
    [InlineData(0x41, 4)]
    [InlineData(0x81, 8)]
    [InlineData(0xc1, 14)]
    public void Below_the_trigger_level_the_identification_is_a_timeout(byte fcr, int trigger)
    {
        Set(Fcr, fcr);
        Set(Ier, 0x01);
        for (var i = 1; i <= 16; i++)
        {
            _uart.Receive("x"u8);
            Assert.Equal(i < trigger ? 0xcc : 0xc4, Get(Iir));
            Assert.True(_wires[0]);
        }
        for (var i = 0; i < 16; i++) Get(Rbr);
        Assert.False(_wires[0]);
    }

    [Fact]
    public void A_break_is_a_zero_whose_error_shows_when_it_is_the_next_character()
    {
        Set(Fcr, 0x01);
        Set(Ier, 0x04);
        _uart.Receive("a"u8);
        _uart.ReceiveBreak();
        _uart.Receive("b"u8);
        Assert.Equal((0x61, false), (Get(Lsr), _wires[0]));
        Assert.Equal('a', (char)Get(Rbr));
        Assert.True(_wires[0]);
        Assert.Equal(0xc6, Get(Iir));
        Assert.Equal(0x71, Get(Lsr));
        Assert.Equal((0x61, false), (Get(Lsr), _wires[0])); // reading it has cleared the error
        Assert.Equal(0, Get(Rbr));
        Assert.Equal('b', (char)Get(Rbr));
        _uart.ReceiveBreak();
        Set(Fcr, 0x03);
        Assert.Equal(0x60, Get(Lsr));
    }

    [Fact]
    public void Enabling_the_transmitter_interrupt_raises_it_and_reading_iir_takes_it_back()
    {
        Set(Ier, 0x02);
        Assert.True(_wires[0]);
        Assert.Equal(0x02, Get(Iir));
        Assert.False(_wires[0]);
        Assert.Equal(0x01, Get(Iir));
        Set(Thr, (byte)'x');
        Assert.True(_wires[0]);
    }

    [Fact]
    public void Received_data_hides_the_transmitter_interrupt_without_losing_it()
    {
        Set(Ier, 0x03);
        _uart.Receive("x"u8);
        Assert.Equal(0x04, Get(Iir));
        Get(Rbr);
        Assert.Equal(0x02, Get(Iir));
    }

    [Fact]
    public void Loopback_connects_the_transmitter_and_the_modem_lines()
    {
        Set(Mcr, 0x10);
        Get(Msr);
        Set(Thr, 0x55);
        Assert.Equal(0x55, Get(Rbr));
        Assert.Empty(_console.Output);
        Assert.Equal(0, _uart.InputRoom);

        Set(Ier, 0x08);
        Set(Mcr, 0x1a); // RTS and OUT2
        Assert.Equal(0x00, Get(Iir));
        Assert.Equal(0x99, Get(Msr)); // CTS and DCD, both changed
        Assert.Equal(0x01, Get(Iir));
        Set(Mcr, 0x1e); // OUT1: the ring indicator rises, which is not reported
        Assert.Equal(0xd0, Get(Msr));
        Set(Mcr, 0x1a);
        Assert.Equal(0x94, Get(Msr)); // and falls
    }

    [Fact]
    public void The_console_is_told_when_a_full_receiver_has_room()
    {
        _uart.Receive("x"u8);
        Assert.Equal(0, _console.TimesWanted);
        Get(Rbr);
        Assert.Equal(1, _console.TimesWanted);
        Set(Mcr, 0x10);
        Set(Mcr, 0x00);
        Assert.Equal(2, _console.TimesWanted);
    }

    [Fact]
    public void The_scratch_register_keeps_its_value_and_fifo_control_clears()
    {
        Set(Scr, 0xa5);
        Assert.Equal(0xa5, Get(Scr));
        Set(Fcr, 0x01);
        _uart.Receive("abc"u8);
        Set(Fcr, 0x03);
        Assert.Equal(0x60, Get(Lsr));
        _uart.Receive("abc"u8);
        Set(Fcr, 0x00);
        Assert.Equal(0x60, Get(Lsr));
        Assert.Equal(0x01, Get(Iir));
    }

    [Fact]
    public void A_stride_moves_the_registers_apart()
    {
        var uart = new Uart16550("wide", _console, _wires.Lines[0], registerStride: 4);
        uart.Write(7 * 4, 1, 0x77);
        Assert.Equal(0x77u, uart.Read(7 * 4, 1));
        Assert.Equal(0x60u, uart.Read(5 * 4, 4));
        Assert.Equal(0u, uart.Read(7, 1));
    }

    private int Get(ulong register) => (int)_uart.Read(register, 1);

    private void Set(ulong register, byte value) => _uart.Write(register, 1, value);
}
