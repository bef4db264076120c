using System.Globalization;
using System.Text;

namespace Mimus.Devices.Display;

/// <summary>A screen of characters with colours, as text modes have it: for terminals and for tests that read the screen.</summary>
/// <param name="Columns">Characters in a line.</param>
/// <param name="Rows">Lines.</param>
/// <param name="Cells">Character in the low byte, attribute in the high one, line by line.</param>
/// <param name="Cursor">The index of the cell with the cursor; -1 for none.</param>
public sealed record TextScreen(int Columns, int Rows, ushort[] Cells, int Cursor)
{
    /// <summary>The characters of code page 437, which the PC's screen shows.</summary>
    private const string CodePage437 =
        " ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼ !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~⌂"
        + "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ";

    // The order of colours: blue, green, red in the attribute, red, green, blue in terminals.
    private static ReadOnlySpan<byte> TerminalColors => [0, 4, 2, 6, 1, 5, 3, 7];

    /// <summary>The lines without the blanks at their ends.</summary>
    public IEnumerable<string> Lines
    {
        get
        {
            for (var row = 0; row < Rows; row++)
            {
                var line = new char[Columns];
                for (var column = 0; column < Columns; column++) line[column] = Character(Cells[row * Columns + column]);
                yield return new string(line).TrimEnd();
            }
        }
    }

    /// <summary>The screen with the escape sequences that colour it on a terminal (ECMA-48, 8.3.117).</summary>
    public string ToTerminal()
    {
        var text = new StringBuilder();
        for (var row = 0; row < Rows; row++)
        {
            var last = -1;
            for (var column = 0; column < Columns; column++)
            {
                var cell = Cells[row * Columns + column];
                if (cell >> 8 != last)
                {
                    last = cell >> 8;
                    text.Append(Color(cell));
                }
                text.Append(Character(cell));
            }
            text.Append("\e[0m\n");
        }
        return text.ToString();
    }

    /// <summary>The character of a cell.</summary>
    public static char Character(ushort cell) => CodePage437[(byte)cell];

    /// <summary>What gives a terminal the colours of a cell.</summary>
    public static string Color(ushort cell)
    {
        var foreground = ((cell >> 8 & 8) != 0 ? 90 : 30) + TerminalColors[cell >> 8 & 7];
        return string.Create(CultureInfo.InvariantCulture, $"\e[{foreground};{40 + TerminalColors[cell >> 12 & 7]}m");
    }
}
