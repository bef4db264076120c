using System.Text;
using Mimus.Core.Devices;
using Mimus.Core.State;

namespace Mimus.Boards.Pico;

/// <summary>A text screen as a PC's colour adapter has it: for each character its code and its colours, row by row.</summary>
public sealed class PicoMonitor : IMmioDevice
{
    public const int Columns = 80, Rows = 25, Bytes = Columns * Rows * 2;

    private readonly byte[] _cells = new byte[Bytes];

    public string Name => "monitor";

    /// <summary>How often it was read and written.</summary>
    public int Accesses { get; private set; }

    /// <summary>What is on the screen, a line for each row, without the blanks at their ends.</summary>
    public string Text()
    {
        var text = new StringBuilder();
        var row = new StringBuilder(Columns);
        for (var y = 0; y < Rows; y++)
        {
            row.Clear();
            for (var x = 0; x < Columns; x++) row.Append(Visible(_cells[((y * Columns) + x) * 2]));
            text.Append(row.ToString().TrimEnd()).Append('\n');
        }
        return text.ToString();
    }

    public void Read(ulong offset, Span<byte> data)
    {
        Accesses++;
        _cells.AsSpan((int)offset, data.Length).CopyTo(data);
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        Accesses++;
        data.CopyTo(_cells.AsSpan((int)offset));
    }

    public void Reset()
    {
        Array.Clear(_cells);
        Accesses = 0;
    }

    public void State(StateVisitor v) => v.Bytes(1, "cells", _cells);

    private static char Visible(byte code) => code is 0 or 0xff ? ' ' : code is >= 0x20 and < 0x7f ? (char)code : '?';
}
