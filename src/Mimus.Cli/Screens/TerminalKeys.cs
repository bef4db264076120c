using Mimus.Core.Backends;

namespace Mimus.Cli.Screens;

/// <summary>
/// Turns what terminals send into keys of the layout of the United States: characters, and the sequences of xterm and the Linux console for
/// further keys ("XTerm Control Sequences", "PC-Style Function Keys"; console_codes(4)).
/// </summary>
internal static class TerminalKeys
{
    private const byte Escape = 0x1b, Delete = 0x7f;
    private const int ShiftBit = 1, AltBit = 2, ControlBit = 4;

    private const string Plain = "`1234567890-=[]\\;',./", Shifted = "~!@#$%^&*()_+{}|:\"<>?";

    private static readonly Key[] s_keysOfPlain =
    [
        Key.Grave, Key.Digit1, Key.Digit2, Key.Digit3, Key.Digit4, Key.Digit5, Key.Digit6, Key.Digit7, Key.Digit8, Key.Digit9, Key.Digit0,
        Key.Minus, Key.Equal, Key.LeftBracket, Key.RightBracket, Key.Backslash, Key.Semicolon, Key.Apostrophe, Key.Comma, Key.Period, Key.Slash,
    ];

    private static readonly Key[] s_letters =
    [
        Key.A, Key.B, Key.C, Key.D, Key.E, Key.F, Key.G, Key.H, Key.I, Key.J, Key.K, Key.L, Key.M,
        Key.N, Key.O, Key.P, Key.Q, Key.R, Key.S, Key.T, Key.U, Key.V, Key.W, Key.X, Key.Y, Key.Z,
    ];

    // Control characters after Ctrl-Z and the escape: Ctrl with these keys
    private static readonly Key[] s_lastControls = [Key.Backslash, Key.RightBracket, Key.Digit6, Key.Minus];

    /// <summary>The keys of a piece of input. An escape at its end is the key itself; elsewhere it begins a sequence, or is Alt with the key that follows.</summary>
    public static List<KeyStroke> Read(ReadOnlySpan<byte> input)
    {
        var strokes = new List<KeyStroke>();
        while (!input.IsEmpty)
        {
            var length = 1;
            KeyStroke? stroke;
            if (input[0] != Escape || input.Length == 1) stroke = OfCharacter(input[0]);
            else if (input[1] is (byte)'[' or (byte)'O' && input.Length > 2) stroke = OfSequence(input, out length);
            else (stroke, length) = (OfCharacter(input[1]) is { } key ? key with { Alt = true } : null, 2);
            if (stroke is { } found) strokes.Add(found);
            input = input[length..];
        }
        return strokes;
    }

    private static KeyStroke? OfCharacter(byte character)
    {
        switch (character)
        {
            case (byte)'\r' or (byte)'\n':
                return new(Key.Enter);
            case (byte)'\t':
                return new(Key.Tab);
            case (byte)'\b' or Delete:
                return new(Key.Backspace);
            case (byte)' ':
                return new(Key.Space);
            case 0:
                return new(Key.Space, Control: true);
            case Escape:
                return new(Key.Escape);
            case < 27:
                return new(s_letters[character - 1], Control: true);
            case < 32:
                return new(s_lastControls[character - 28], Control: true);
            case >= (byte)'a' and <= (byte)'z':
                return new(s_letters[character - 'a']);
            case >= (byte)'A' and <= (byte)'Z':
                return new(s_letters[character - 'A'], Shift: true);
        }
        var plain = Plain.IndexOf((char)character, StringComparison.Ordinal);
        if (plain >= 0) return new(s_keysOfPlain[plain]);
        var shifted = Shifted.IndexOf((char)character, StringComparison.Ordinal);
        return shifted >= 0 ? new(s_keysOfPlain[shifted], Shift: true) : null; // what the layout has not is no key
    }

    /// <summary>A sequence that begins with <c>ESC [</c> or <c>ESC O</c>: numbers with semicolons between them, and a letter or a tilde.</summary>
    private static KeyStroke? OfSequence(ReadOnlySpan<byte> input, out int length)
    {
        // The Linux console has a second bracket before the letters of the first function keys.
        if (input.Length > 3 && input[1] == '[' && input[2] == '[')
        {
            length = 4;
            return input[3] is >= (byte)'A' and <= (byte)'E' ? new(Key.F1 + (input[3] - 'A')) : null;
        }
        Span<int> numbers = stackalloc int[2];
        numbers.Clear();
        var index = 0;
        for (length = 2; length < input.Length && input[length] is >= (byte)'0' and <= (byte)';'; length++)
        {
            if (input[length] == ';') index++;
            else if (index < numbers.Length) numbers[index] = Math.Min(numbers[index] * 10 + (input[length] - '0'), byte.MaxValue);
        }
        if (length == input.Length) return null;
        var final = input[length++];
        var key = final == '~' ? OfNumber(numbers[0]) : OfLetter(final);
        var held = Math.Max(numbers[1] - 1, 0);
        return key is { } found
            ? new(found, Shift: (held & ShiftBit) != 0 || final == 'Z', Control: (held & ControlBit) != 0, Alt: (held & AltBit) != 0)
            : null;
    }

    private static Key? OfLetter(byte letter) => (char)letter switch
    {
        'A' => Key.Up,
        'B' => Key.Down,
        'C' => Key.Right,
        'D' => Key.Left,
        'F' => Key.End,
        'H' => Key.Home,
        'M' => Key.KeypadEnter,
        'P' => Key.F1,
        'Q' => Key.F2,
        'R' => Key.F3,
        'S' => Key.F4,
        'Z' => Key.Tab,
        _ => null,
    };

    private static Key? OfNumber(int number) => number switch
    {
        1 or 7 => Key.Home,
        2 => Key.Insert,
        3 => Key.Delete,
        4 or 8 => Key.End,
        5 => Key.PageUp,
        6 => Key.PageDown,
        >= 11 and <= 15 => Key.F1 + (number - 11),
        >= 17 and <= 21 => Key.F6 + (number - 17),
        23 or 24 => Key.F11 + (number - 23),
        _ => null,
    };
}
