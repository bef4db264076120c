using System.Buffers.Binary;
using System.IO.Compression;
using Mimus.Core.Memory;
using Mimus.Devices.Display;
using Mimus.Devices.Tests.Pci;
using Mimus.Devices.Tests.Support;

namespace Mimus.Devices.Tests.Display;

public sealed class VgaTests : IDisposable
{
    // The registers of the BIOS's modes 3, 12h and 13h (IBM's tables): miscellaneous, sequencer, CRT controller, graphics, attribute
    private static readonly (byte Misc, byte[] Seq, byte[] Crt, byte[] Gfx, byte[] Attr) s_mode3 = (0x67, [0x03, 0x00, 0x03, 0x00, 0x02],
        [0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0, 0, 0, 0, 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff],
        [0, 0, 0, 0, 0, 0x10, 0x0e, 0, 0xff], [0, 1, 2, 3, 4, 5, 0x14, 7, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x0c, 0, 0x0f, 0x08, 0]);

    private static readonly (byte Misc, byte[] Seq, byte[] Crt, byte[] Gfx, byte[] Attr) s_mode12 = (0xe3, [0x03, 0x01, 0x0f, 0x00, 0x06],
        [0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0x0b, 0x3e, 0x00, 0x40, 0, 0, 0, 0, 0, 0, 0xea, 0x8c, 0xdf, 0x28, 0x00, 0xe7, 0x04, 0xe3, 0xff],
        [0, 0, 0, 0, 0, 0x00, 0x05, 0x0f, 0xff], [0, 1, 2, 3, 4, 5, 0x14, 7, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x01, 0, 0x0f, 0, 0]);

    private static readonly (byte Misc, byte[] Seq, byte[] Crt, byte[] Gfx, byte[] Attr) s_mode13 = (0x63, [0x03, 0x01, 0x0f, 0x00, 0x0e],
        [0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0xbf, 0x1f, 0x00, 0x41, 0, 0, 0, 0, 0, 0, 0x9c, 0x8e, 0x8f, 0x28, 0x40, 0x96, 0xb9, 0xa3, 0xff],
        [0, 0, 0, 0, 0, 0x40, 0x05, 0x0f, 0xff], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0x41, 0, 0x0f, 0, 0]);

    private readonly TestClock _time = new();
    private readonly GuestMemory _memory = new();
    private readonly PciSystem _system = new();
    private readonly VgaAdapter _vga;

    public VgaTests()
    {
        var memory = _memory.Add("vga-memory", new AddressRange(0xe000_0000, 4 << 20));
        _vga = _system.Bus.Add(new VgaAdapter("vga", memory, _time.Clock), 2);
        _system.Ports.Map(0x3b0, VgaAdapter.PortCount, _vga, VgaAdapter.PortOffset);
        _system.Ports.Map(0x1ce, VgaAdapter.ExtendedPortCount, _vga, VgaAdapter.ExtendedPortOffset, widest: 2);
        _system.Memory.Map(new AddressRange(0xa0000, VgaAdapter.MemoryLength), _vga, VgaAdapter.MemoryOffset);
    }

    [Fact]
    public void A_text_screen_can_be_read()
    {
        SetMode(s_mode3);
        var screen = _vga.Text!;
        Assert.Equal((80, 25), (screen.Columns, screen.Rows));
        Print(0, 0, "Hello", 0x1f);
        Print(24, 75, "\x01\xb3x", 0x07);
        SetCrt(0x0e, 0x00);
        SetCrt(0x0f, 81);
        screen = _vga.Text!;
        Assert.Equal(81, screen.Cursor);
        var lines = screen.Lines.ToArray();
        Assert.Equal("Hello", lines[0]);
        Assert.Equal("", lines[1]);
        Assert.Equal(new string(' ', 75) + "☺│x", lines[24]);
        Assert.Contains("\e[97;44mHello", screen.ToTerminal(), StringComparison.Ordinal);
        Assert.Equal(0x1f48ul, Peek(0xb8000, 2));
        SetCrt(0x0c, 0);
        SetCrt(0x0d, 80); // one line further
        Assert.Equal("", _vga.Text!.Lines.First());
    }

    [Fact]
    public void A_text_screen_is_drawn_with_the_font_in_plane_2()
    {
        SetMode(s_mode3);
        SetColor(0x07, 0x2a, 0x2a, 0x2a);
        SetColor(0x01, 0, 0, 0x2a);
        // The BIOS writes the font to plane 2 without odd and even.
        SetSequencer(2, 4);
        SetSequencer(4, 6);
        SetGraphics(5, 0);
        SetGraphics(6, 4);
        Poke(0xa0000 + 'A' * 32 + 3, 1, 0x81);
        SetMode(s_mode3);
        Print(0, 1, "A", 0x17);
        var picture = _vga.Picture;
        Assert.Equal((720, 400), (picture.Width, picture.Height));
        Assert.Equal(0xaaaaaau, picture.Pixels[3 * 720 + 9]);
        Assert.Equal(0x0000aau, picture.Pixels[3 * 720 + 10]);
        Assert.Equal(0xaaaaaau, picture.Pixels[3 * 720 + 16]);
        Assert.Equal(0x0000aau, picture.Pixels[2 * 720 + 9]);
    }

    [Fact]
    public void Planes_are_written_in_four_modes()
    {
        SetMode(s_mode12);
        SetSequencer(2, 0x05);
        Poke(0xa0000, 1, 0xf0);
        Assert.Equal([0xf0, 0x00, 0xf0, 0x00], Planes(0));
        SetSequencer(2, 0x0f);
        SetGraphics(0, 0x03);
        SetGraphics(1, 0x0f); // set/reset
        SetGraphics(8, 0x18); // bit mask
        Peek(0xa0000, 1);
        Poke(0xa0000, 1, 0);
        Assert.Equal([0xf8, 0x18, 0xe0, 0x00], Planes(0));
        SetGraphics(1, 0);
        SetGraphics(8, 0xff);
        SetGraphics(5, 1); // copies the latches
        Peek(0xa0000, 1);
        Poke(0xa0001, 1, 0);
        Assert.Equal([0xf8, 0x18, 0xe0, 0x00], Planes(1));
        SetGraphics(5, 2); // a colour
        Poke(0xa0002, 1, 0x0a);
        Assert.Equal([0x00, 0xff, 0x00, 0xff], Planes(2));
        SetGraphics(5, 3); // set/reset under a mask from the processor
        SetGraphics(0, 0x0f);
        Peek(0xa0002, 1);
        Poke(0xa0002, 1, 0x81);
        Assert.Equal([0x81, 0xff, 0x81, 0xff], Planes(2));
        SetGraphics(5, 0);
        SetGraphics(3, 0x18 | 4); // rotated by four, exclusive or
        Peek(0xa0002, 1);
        Poke(0xa0002, 1, 0x0f);
        Assert.Equal([0x71, 0x0f, 0x71, 0x0f], Planes(2));
        SetGraphics(3, 0);
        SetGraphics(5, 8); // read mode 1
        SetGraphics(2, 0x0f);
        SetGraphics(7, 0x0f);
        Assert.Equal(0x01ul, Peek(0xa0002, 1));
    }

    [Fact]
    public void Sixteen_colours_come_from_the_planes()
    {
        SetMode(s_mode12);
        SetColor(0x3a, 0, 0x3f, 0);
        SetSequencer(2, 0x0a);
        Poke(0xa0000 + 80, 1, 0x40);
        var picture = _vga.Picture;
        Assert.Equal((640, 480), (picture.Width, picture.Height));
        Assert.Equal(0x00ff00u, picture.Pixels[641]);
        Assert.Equal(0u, picture.Pixels[640]);
    }

    [Fact]
    public void Two_hundred_and_fifty_six_colours_are_a_byte_each()
    {
        SetMode(s_mode13);
        SetColor(0x77, 0x3f, 0, 0);
        Poke(0xa0000 + 320 * 10 + 21, 1, 0x77);
        Assert.Equal(0x77ul, Peek(0xa0000 + 320 * 10 + 21, 1));
        var picture = _vga.Picture;
        Assert.Equal((320, 200), (picture.Width, picture.Height));
        Assert.Equal(0xff0000u, picture.Pixels[320 * 10 + 21]);
        Assert.Single(picture.Pixels, p => p != 0);
        Assert.Null(_vga.Text);
    }

    [Theory]
    [InlineData(8, 0x05ul, 0x0000ff)]
    [InlineData(15, 0x7c1ful, 0xff00ff)]
    [InlineData(16, 0x07e0ul, 0x00ff00)]
    [InlineData(24, 0x123456ul, 0x123456)]
    [InlineData(32, 0xff123456ul, 0x123456)]
    public void Extended_modes_have_a_linear_frame_buffer(int bits, ulong value, uint color)
    {
        SetColor(5, 0, 0, 0x3f);
        SetExtended(640, 480, bits);
        _system.Write(2, 0x10, 0xfd000000);
        _system.Write(2, 4, 2, 2);
        var bytes = (bits + 7) / 8;
        var at = 0xfd000000 + (ulong)(640 * 2 + 3) * (ulong)bytes;
        for (var i = 0; i < bytes; i++) _system.Memory.Find(at)!.Write(at + (ulong)i, 1, value >> (8 * i));
        var picture = _vga.Picture;
        Assert.Equal((640, 480), (picture.Width, picture.Height));
        Assert.Equal(color, picture.Pixels[640 * 2 + 3]);
        Assert.Equal(value & 0xff, Peek(0xa0000 + (ulong)(640 * 2 + 3) * (ulong)bytes, 1)); // the same in the bank
        Extended(8, 3);
        Extended(9, 2);
        Assert.Equal(color, _vga.Picture.Pixels[0]);
    }

    [Fact]
    public void Extended_modes_that_do_not_fit_stay_off()
    {
        SetExtended(4096, 3072, 32);
        Assert.Equal(0, Extended(4) & 1);
        Extended(4, 2);
        Assert.Equal(4096, Extended(1));
        Assert.Equal(32, Extended(3));
        Assert.Equal(64, Extended(10)); // in units of 64 KiB
        Assert.Equal(0xb0c5, Extended(0));
        SetExtended(640, 480, 32);
        Extended(9, 0xffff); // far beyond the memory: black
        Assert.All(_vga.Picture.Pixels, p => Assert.Equal(0u, p));
        Extended(1, 800); // not while it is on
        Assert.Equal(640, Extended(1));
    }

    [Fact]
    public void The_palette_is_read_and_written_by_components()
    {
        SetColor(1, 1, 2, 3);
        Port(0x3c7, 1);
        Assert.Equal(3, Port(0x3c7));
        Assert.Equal([1, 2, 3], new[] { Port(0x3c9), Port(0x3c9), Port(0x3c9) });
        Port(0x3c8, 5);
        Assert.Equal(0, Port(0x3c7));
        Assert.Equal(5, Port(0x3c8));
    }

    [Fact]
    public void The_beam_moves()
    {
        Port(0x3c2, 1);
        var seen = new HashSet<int>();
        for (var i = 0; i < 3000; i++)
        {
            _time.Advance(10_000);
            seen.Add(Port(0x3da) & 9);
        }
        Assert.Equal([0, 1, 9], seen.Order());
    }

    [Fact]
    public void Some_crt_registers_can_be_protected()
    {
        Port(0x3c2, 1);
        SetCrt(0x11, 0x80);
        SetCrt(0x00, 0x55);
        SetCrt(0x07, 0xff);
        SetCrt(0x13, 0x28);
        Assert.Equal([0x00, 0x10, 0x28], new[] { Crt(0), Crt(7), Crt(0x13) });
        Port(0x3c2, 0); // monochrome: elsewhere
        Assert.Equal(0xff, Port(0x3d5));
        Assert.Equal(0x28, Port(0x3b5));
    }

    [Fact]
    public void Registers_are_in_the_register_window_too()
    {
        _system.Write(2, 0x18, 0xfe000000);
        _system.Write(2, 4, 2, 2);
        var window = _system.Memory.Find(0xfe000000)!;
        window.Write(0xfe000502, 2, 800);
        Assert.Equal(800, Extended(1));
        window.Write(0xfe000402, 1, 0x67); // 3C2h
        Assert.Equal(0x67, Port(0x3cc));
    }

    [Fact]
    public void A_picture_becomes_a_png_file()
    {
        var stream = new MemoryStream();
        PngWriter.Write(stream, new ScreenImage(2, 2, [0xff0000, 0x00ff00, 0x0000ff, 0x123456]));
        var png = stream.ToArray();
        Assert.Equal([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], png[..8]);
        Assert.Equal(2, BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)));
        var length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(33));
        Assert.Equal("IDAT"u8.ToArray(), png[37..41]);
        using var pixels = new ZLibStream(new MemoryStream(png, 41, length), CompressionMode.Decompress);
        var bytes = new byte[14];
        pixels.ReadExactly(bytes);
        Assert.Equal([0, 0xff, 0, 0, 0, 0xff, 0, 0, 0, 0, 0xff, 0x12, 0x34, 0x56], bytes);
        Assert.Equal([0xae, 0x42, 0x60, 0x82], png[^4..]); // the check sum of every IEND
    }

    [Fact]
    public void Whatever_the_registers_say_there_is_a_picture()
    {
        var random = new Random(1);
        for (var i = 0; i < 300; i++)
        {
            for (var register = 0; register < 0x19; register++) SetCrt(register, random.Next(256));
            for (var register = 0; register < 9; register++) SetGraphics(register, random.Next(256));
            for (var register = 0; register < 5; register++) SetSequencer(register, random.Next(256) & ~0x20);
            Port(0x3c2, random.Next(256) | 1);
            Port(0x3da);
            Port(0x3c0, 0x20);
            Assert.Equal(_vga.Picture.Width * _vga.Picture.Height, _vga.Picture.Pixels.Length);
            Assert.True(_vga.Text is not { } text || text.Lines.Count() == text.Rows);
        }
    }

    public void Dispose() => _memory.Dispose();

    private void SetMode((byte Misc, byte[] Seq, byte[] Crt, byte[] Gfx, byte[] Attr) mode)
    {
        Port(0x3c2, mode.Misc);
        for (var i = 0; i < mode.Seq.Length; i++) SetSequencer(i, mode.Seq[i]);
        SetCrt(0x11, 0);
        for (var i = 0; i < mode.Crt.Length; i++) SetCrt(i, mode.Crt[i]);
        for (var i = 0; i < mode.Gfx.Length; i++) SetGraphics(i, mode.Gfx[i]);
        Port(0x3da);
        for (var i = 0; i < mode.Attr.Length; i++)
        {
            Port(0x3c0, i);
            Port(0x3c0, mode.Attr[i]);
        }
        Port(0x3c0, 0x20);
    }

    private void SetExtended(int width, int height, int bits)
    {
        Extended(4, 0);
        Extended(1, width);
        Extended(2, height);
        Extended(3, bits);
        Extended(4, 0x41);
    }

    private void Print(int row, int column, string text, byte attribute)
    {
        foreach (var c in text) Poke((ulong)(0xb8000 + 2 * (row * 80 + column++)), 2, (ulong)(c | attribute << 8));
    }

    private int[] Planes(int offset)
    {
        SetGraphics(5, 0);
        return [.. Enumerable.Range(0, 4).Select(plane =>
        {
            SetGraphics(4, plane);
            return (int)Peek(0xa0000 + (ulong)offset, 1);
        })];
    }

    private void SetColor(int index, int red, int green, int blue)
    {
        Port(0x3c8, index);
        Port(0x3c9, red);
        Port(0x3c9, green);
        Port(0x3c9, blue);
    }

    private void SetSequencer(int index, int value) => _system.Ports.Write(0x3c4, 2, (uint)(index | value << 8));

    private void SetGraphics(int index, int value) => _system.Ports.Write(0x3ce, 2, (uint)(index | value << 8));

    private void SetCrt(int index, int value) => _system.Ports.Write(0x3d4, 2, (uint)(index | value << 8));

    private int Crt(int index)
    {
        Port(0x3d4, index);
        return Port(0x3d5);
    }

    private int Port(int port) => (int)_system.Ports.Read((ushort)port, 1);

    private void Port(int port, int value) => _system.Ports.Write((ushort)port, 1, (uint)value & 0xff);

    private int Extended(int register)
    {
        _system.Ports.Write(0x1ce, 2, (uint)register);
        return (int)_system.Ports.Read(0x1cf, 2);
    }

    private void Extended(int register, int value)
    {
        _system.Ports.Write(0x1ce, 2, (uint)register);
        _system.Ports.Write(0x1cf, 2, (uint)value);
    }

    private ulong Peek(ulong address, int size) => _system.Memory.Find(address)!.Read(address, size);

    private void Poke(ulong address, int size, ulong value) => _system.Memory.Find(address)!.Write(address, size, value);
}
