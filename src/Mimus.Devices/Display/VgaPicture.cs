using System.Buffers.Binary;

namespace Mimus.Devices.Display;

/// <summary>
/// Makes a picture of a VGA's registers and memory (IBM PS/2 hardware reference, "Video subsystem"). Blinking and panning by single
/// pixels are not shown.
/// </summary>
internal sealed class VgaPicture(VgaRegisters registers, VgaMemory memory, VbeRegisters vbe)
{
    // CRT controller registers
    private const int HorizontalEnd = 0x01, Overflow = 0x07, MaximumScanLine = 0x09, CursorStart = 0x0a, CursorEnd = 0x0b,
        StartHigh = 0x0c, StartLow = 0x0d, CursorHigh = 0x0e, CursorLow = 0x0f, VerticalEnd = 0x12, Offset = 0x13, Underline = 0x14,
        ModeControl = 0x17, LineCompare = 0x18;
    private const byte Doubleword = 0x40, ByteMode = 0x40, ScanDouble = 0x80, CursorOff = 0x20;

    private const int AttributeMode = 0x10, PlaneEnable = 0x12, ColorSelect = 0x14;
    private const byte GraphicsMode = 0x01, Blinks = 0x08, WideLineCharacters = 0x04, PixelDouble = 0x40, SelectsColor = 0x80;
    private const int GlyphLength = 32;

    private readonly uint[] _colors = new uint[256];

    private bool IsText => !vbe.IsEnabled && (registers.Graphics[6] & GraphicsMode) == 0;

    private int CharacterHeight => (registers.Crt[MaximumScanLine] & 31) + 1;

    private int Lines => (registers.Crt[VerticalEnd] | (registers.Crt[Overflow] & 0x02) << 7 | (registers.Crt[Overflow] & 0x40) << 3) + 1;

    private int Columns => registers.Crt[HorizontalEnd] + 1;

    private int Start => registers.Crt[StartHigh] << 8 | registers.Crt[StartLow];

    /// <summary>The line of the screen after which the picture begins again at address 0.</summary>
    private int Split => registers.Crt[LineCompare] | (registers.Crt[Overflow] & 0x10) << 4 | (registers.Crt[MaximumScanLine] & 0x40) << 3;

    public ScreenImage Draw()
    {
        if (vbe.IsEnabled) return DrawVbe();
        // Before a mode is set there is nothing: a black picture of the smallest usual size.
        if (!registers.IsShowing) return new ScreenImage(640, 400, new uint[640 * 400]);
        return IsText ? DrawText() : DrawGraphics();
    }

    /// <summary>The characters of a text mode; null in other modes.</summary>
    public TextScreen? ReadText()
    {
        if (!IsText || !registers.IsShowing) return null;
        var columns = Columns;
        var rows = Math.Max(1, Lines / CharacterHeight);
        var cells = new ushort[columns * rows];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++) cells[row * columns + column] = (ushort)memory.Load(Address(TextCell(row, column)));
        }
        var cursor = (registers.Crt[CursorHigh] << 8 | registers.Crt[CursorLow]) - Start;
        var stride = Stride;
        var isSeen = stride > 0 && cursor >= 0 && cursor % stride < columns && cursor / stride < rows;
        var place = isSeen ? cursor / stride * columns + cursor % stride : -1;
        return new TextScreen(columns, rows, cells, (registers.Crt[CursorStart] & CursorOff) != 0 ? -1 : place);
    }

    /// <summary>Counts of the address counter from one line to the next.</summary>
    private int Stride => registers.Crt[Offset] * 2;

    private int TextCell(int row, int column) => Start + row * Stride + column;

    /// <summary>The address in the planes for a count of the address counter: by bytes, words or doublewords.</summary>
    private int Address(int counter)
    {
        if ((registers.Crt[Underline] & Doubleword) != 0) return counter << 2;
        return (registers.Crt[ModeControl] & ByteMode) != 0 ? counter : counter << 1;
    }

    private ScreenImage DrawText()
    {
        var text = ReadText()!;
        ReadPalette();
        var wide = (registers.Sequencer[1] & 1) == 0;
        var (width, height) = (wide ? 9 : 8, CharacterHeight);
        var image = new ScreenImage(text.Columns * width, text.Rows * height, new uint[text.Columns * width * text.Rows * height]);
        for (var i = 0; i < text.Cells.Length; i++)
        {
            var (character, attribute) = ((byte)text.Cells[i], text.Cells[i] >> 8);
            var foreground = _colors[attribute & 15];
            var background = _colors[attribute >> 4 & ((registers.Attribute[AttributeMode] & Blinks) != 0 ? 7 : 15)];
            var font = FontStart((attribute & 8) != 0);
            var at = i / text.Columns * height * image.Width + i % text.Columns * width;
            for (var line = 0; line < height; line++, at += image.Width)
            {
                var glyph = memory.Load(font + character * GlyphLength + line) >> 16 & 0xff;
                if (i == text.Cursor && line >= (registers.Crt[CursorStart] & 31) && line <= (registers.Crt[CursorEnd] & 31)) glyph = 0xff;
                for (var x = 0; x < 8; x++) image.Pixels[at + x] = (glyph << x & 0x80) != 0 ? foreground : background;
                if (!wide) continue;
                // The ninth column continues the lines of the line-drawing characters.
                var draws = character is >= 0xc0 and <= 0xdf && (registers.Attribute[AttributeMode] & WideLineCharacters) != 0;
                var continues = draws && (glyph & 1) != 0;
                image.Pixels[at + 8] = continues ? foreground : background;
            }
        }
        return image;
    }

    /// <summary>Where the glyphs are in plane 2 ("Character map select register").</summary>
    private int FontStart(bool first)
    {
        var select = registers.Sequencer[3];
        var map = first ? select >> 2 & 3 | select >> 3 & 4 : select & 3 | select >> 2 & 4;
        return (map & 3) * 0x4000 + (map >> 2) * 0x2000;
    }

    private ScreenImage DrawGraphics()
    {
        ReadPalette();
        var is256 = (registers.Graphics[5] & 0x40) != 0;
        var isCga = !is256 && (registers.Graphics[5] & 0x20) != 0;
        var halves = is256 && (registers.Attribute[AttributeMode] & PixelDouble) != 0;
        var width = Columns * (halves ? 4 : 8);
        // A picture of few lines is shown with each of them twice or more; it is drawn as it is in memory.
        var repeat = is256 || isCga ? CharacterHeight : 1;
        var doubled = (registers.Crt[MaximumScanLine] & ScanDouble) != 0 ? 2 : 1;
        var rowScans = isCga ? 1 : repeat;
        var height = Math.Max(1, Lines / (rowScans * doubled));
        var image = new ScreenImage(width, height, new uint[width * height]);
        for (var y = 0; y < height; y++)
        {
            var line = y * rowScans * doubled;
            var scan = isCga ? y % repeat : 0;
            var row = isCga ? y / repeat : y;
            var counter = line > Split ? (row - (Split + 1) / (rowScans * doubled)) * Stride : Start + row * Stride;
            DrawLine(image.Pixels.AsSpan(y * width, width), counter, scan, is256, isCga);
        }
        return image;
    }

    private void DrawLine(Span<uint> line, int counter, int scan, bool is256, bool isCga)
    {
        for (var x = 0; x < line.Length; counter++)
        {
            var address = Address(counter);
            // CGA and Hercules compatibility: lines of the row in different parts of the memory.
            if ((registers.Crt[ModeControl] & 1) == 0) address = address & ~0x2000 | (scan & 1) << 13;
            if ((registers.Crt[ModeControl] & 2) == 0) address = address & ~0x4000 | (scan >> 1 & 1) << 14;
            var word = memory.Load(address);
            if (is256)
            {
                for (var i = 0; i < 4 && x < line.Length; i++) line[x++] = registers.Color((byte)(word >> 8 * i));
                continue;
            }
            for (var bit = 7; bit >= 0 && x < line.Length; bit--)
            {
                var pixel = isCga
                    ? (int)(word >> (bit >= 4 ? 0 : 8) >> (bit & 3) * 2 & 3 | (word >> (bit >= 4 ? 16 : 24) >> (bit & 3) * 2 & 3) << 2)
                    : (int)(word >> bit & 1 | (word >> (8 + bit) & 1) << 1 | (word >> (16 + bit) & 1) << 2 | (word >> (24 + bit) & 1) << 3);
                line[x++] = _colors[pixel & registers.Attribute[PlaneEnable]];
            }
        }
    }

    /// <summary>The sixteen colours of the attribute controller's palette.</summary>
    private void ReadPalette()
    {
        var select = registers.Attribute[ColorSelect];
        for (var i = 0; i < 16; i++)
        {
            var index = registers.Attribute[i] & 0x3f;
            if ((registers.Attribute[AttributeMode] & SelectsColor) != 0) index = index & 15 | (select & 3) << 4;
            _colors[i] = registers.Color(index | (select & 12) << 4);
        }
    }

    private ScreenImage DrawVbe()
    {
        var image = new ScreenImage(vbe.Width, vbe.Height, new uint[vbe.Width * vbe.Height]);
        var linear = memory.Linear;
        if (vbe.Bits == 4) ReadPalette();
        for (var i = 0; i < _colors.Length && vbe.Bits == 8; i++) _colors[i] = registers.Color(i);
        for (var y = 0; y < vbe.Height; y++)
        {
            for (var x = 0; x < vbe.Width; x++)
            {
                var line = (long)(y + vbe.FirstY) * vbe.LineLength;
                var at = vbe.Bits == 4 ? (line + (x + vbe.FirstX) / 8) * 4 : line + (long)(x + vbe.FirstX) * vbe.BytesPerPixel;
                var bytes = vbe.Bits == 4 ? 4 : vbe.BytesPerPixel;
                // What the guest lets begin near the end of the memory is black behind it.
                if (at + bytes > linear.Length) continue;
                image.Pixels[y * vbe.Width + x] = Pixel(linear.Slice((int)at, bytes), (x + vbe.FirstX) & 7);
            }
        }
        return image;
    }

    private uint Pixel(ReadOnlySpan<byte> bytes, int bit)
    {
        switch (vbe.Bits)
        {
            case 4:
                var planes = BinaryPrimitives.ReadUInt32LittleEndian(bytes) >> (7 - bit);
                return _colors[planes & 1 | planes >> 7 & 2 | planes >> 14 & 4 | planes >> 21 & 8];
            case 8:
                return _colors[bytes[0]];
            case 15:
                uint c15 = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
                return Widen(c15 >> 10 & 31, 5) << 16 | Widen(c15 >> 5 & 31, 5) << 8 | Widen(c15 & 31, 5);
            case 16:
                uint c16 = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
                return Widen(c16 >> 11, 5) << 16 | Widen(c16 >> 5 & 63, 6) << 8 | Widen(c16 & 31, 5);
            default:
                return (uint)(bytes[2] << 16 | bytes[1] << 8 | bytes[0]);
        }
    }

    private static uint Widen(uint value, int bits) => value << (8 - bits) | value >> (2 * bits - 8);
}
