using Mimus.Core.Backends;

namespace Mimus.Devices.Input;

/// <summary>
/// What keys send: the three scan code sets of the PS/2 keyboard (IBM PS/2 Hardware Interface Technical Reference, "Keyboard",
/// tables of scan code sets 1 to 3). Set 1 is set 2 as the controller translates it.
/// </summary>
internal static class ScanCodes
{
    /// <summary>In front of a code that a key of the larger keyboard shares with one of the first.</summary>
    public const byte Extended = 0xe0;

    /// <summary>In sets 2 and 3, in front of the code of a key that is let go.</summary>
    public const byte Release = 0xf0;

    /// <summary>In set 1, what is added to it.</summary>
    public const byte ReleaseBit = 0x80;

    // The two keys whose codes in set 2 follow no rule
    private const byte PrintScreenSet3 = 0x57, PauseSet3 = 0x62;

    private static ReadOnlySpan<byte> Pause => [0xe1, 0x14, 0x77, 0xe1, Release, 0x14, Release, 0x77];

    private static ReadOnlySpan<byte> PrintScreenPressed => [Extended, 0x12, Extended, 0x7c];

    private static ReadOnlySpan<byte> PrintScreenReleased => [Extended, Release, 0x7c, Extended, Release, 0x12];

    private static readonly Codes[] s_codes = CreateCodes();

    /// <summary>
    /// The controller's table (the same reference, "Keyboard controller", scan code translation); further codes stay as they are.
    /// </summary>
    private static ReadOnlySpan<byte> Translation =>
    [
        0xff, 0x43, 0x41, 0x3f, 0x3d, 0x3b, 0x3c, 0x58, 0x64, 0x44, 0x42, 0x40, 0x3e, 0x0f, 0x29, 0x59,
        0x65, 0x38, 0x2a, 0x70, 0x1d, 0x10, 0x02, 0x5a, 0x66, 0x71, 0x2c, 0x1f, 0x1e, 0x11, 0x03, 0x5b,
        0x67, 0x2e, 0x2d, 0x20, 0x12, 0x05, 0x04, 0x5c, 0x68, 0x39, 0x2f, 0x21, 0x14, 0x13, 0x06, 0x5d,
        0x69, 0x31, 0x30, 0x23, 0x22, 0x15, 0x07, 0x5e, 0x6a, 0x72, 0x32, 0x24, 0x16, 0x08, 0x09, 0x5f,
        0x6b, 0x33, 0x25, 0x17, 0x18, 0x0b, 0x0a, 0x60, 0x6c, 0x34, 0x35, 0x26, 0x27, 0x19, 0x0c, 0x61,
        0x6d, 0x73, 0x28, 0x74, 0x1a, 0x0d, 0x62, 0x6e, 0x3a, 0x36, 0x1c, 0x1b, 0x75, 0x2b, 0x63, 0x76,
        0x55, 0x56, 0x77, 0x78, 0x79, 0x7a, 0x0e, 0x7b, 0x7c, 0x4f, 0x7d, 0x4b, 0x47, 0x7e, 0x7f, 0x6f,
        0x52, 0x53, 0x50, 0x4c, 0x4d, 0x48, 0x01, 0x45, 0x57, 0x4e, 0x51, 0x4a, 0x37, 0x49, 0x46, 0x54,
    ];

    /// <summary>The code of set 1 for one of set 2.</summary>
    public static byte Translate(byte code) => code switch
    {
        0x83 => 0x41,
        0x84 => 0x54,
        _ => code < Translation.Length ? Translation[code] : code,
    };

    /// <summary>Appends what a key sends when it is pressed or let go, in set 1 or 2; a key may send nothing.</summary>
    public static void Append(List<byte> codes, Key key, bool pressed, int set)
    {
        var from = codes.Count;
        if (key == Key.Pause)
        {
            if (pressed) codes.AddRange(Pause);
        }
        else if (key == Key.PrintScreen)
        {
            codes.AddRange(pressed ? PrintScreenPressed : PrintScreenReleased);
        }
        else
        {
            if (s_codes[(int)key].IsExtended) codes.Add(Extended);
            if (!pressed) codes.Add(Release);
            codes.Add(s_codes[(int)key].Set2);
        }
        if (set == 1) TranslateFrom(codes, from);
    }

    /// <summary>The code of a key in set 3, where each has one.</summary>
    public static byte Set3(Key key) => key switch
    {
        Key.Pause => PauseSet3,
        Key.PrintScreen => PrintScreenSet3,
        _ => s_codes[(int)key].Set3,
    };

    private static void TranslateFrom(List<byte> codes, int from)
    {
        byte release = 0;
        var to = from;
        for (var i = from; i < codes.Count; i++)
        {
            if (codes[i] == Release)
            {
                release = ReleaseBit;
                continue;
            }
            codes[to++] = (byte)(Translate(codes[i]) | release);
            release = 0;
        }
        codes.RemoveRange(to, codes.Count - to);
    }

    private static Codes[] CreateCodes()
    {
        var codes = new Codes[Enum.GetValues<Key>().Length];
        foreach (var (key, set2, set3) in Table) codes[(int)key] = new Codes((byte)set2, set2 >> 8 == Extended, set3);
        return codes;
    }

    private static (Key Key, int Set2, byte Set3)[] Table =>
    [
        (Key.Escape, 0x76, 0x08), (Key.F1, 0x05, 0x07), (Key.F2, 0x06, 0x0f), (Key.F3, 0x04, 0x17), (Key.F4, 0x0c, 0x1f),
        (Key.F5, 0x03, 0x27), (Key.F6, 0x0b, 0x2f), (Key.F7, 0x83, 0x37), (Key.F8, 0x0a, 0x3f), (Key.F9, 0x01, 0x47),
        (Key.F10, 0x09, 0x4f), (Key.F11, 0x78, 0x56), (Key.F12, 0x07, 0x5e), (Key.ScrollLock, 0x7e, 0x5f), (Key.Grave, 0x0e, 0x0e),
        (Key.Digit1, 0x16, 0x16), (Key.Digit2, 0x1e, 0x1e), (Key.Digit3, 0x26, 0x26), (Key.Digit4, 0x25, 0x25), (Key.Digit5, 0x2e, 0x2e),
        (Key.Digit6, 0x36, 0x36), (Key.Digit7, 0x3d, 0x3d), (Key.Digit8, 0x3e, 0x3e), (Key.Digit9, 0x46, 0x46), (Key.Digit0, 0x45, 0x45),
        (Key.Minus, 0x4e, 0x4e), (Key.Equal, 0x55, 0x55), (Key.Backspace, 0x66, 0x66), (Key.Tab, 0x0d, 0x0d), (Key.Q, 0x15, 0x15),
        (Key.W, 0x1d, 0x1d), (Key.E, 0x24, 0x24), (Key.R, 0x2d, 0x2d), (Key.T, 0x2c, 0x2c), (Key.Y, 0x35, 0x35), (Key.U, 0x3c, 0x3c),
        (Key.I, 0x43, 0x43), (Key.O, 0x44, 0x44), (Key.P, 0x4d, 0x4d), (Key.LeftBracket, 0x54, 0x54), (Key.RightBracket, 0x5b, 0x5b),
        (Key.Backslash, 0x5d, 0x5c), (Key.CapsLock, 0x58, 0x14), (Key.A, 0x1c, 0x1c), (Key.S, 0x1b, 0x1b), (Key.D, 0x23, 0x23),
        (Key.F, 0x2b, 0x2b), (Key.G, 0x34, 0x34), (Key.H, 0x33, 0x33), (Key.J, 0x3b, 0x3b), (Key.K, 0x42, 0x42), (Key.L, 0x4b, 0x4b),
        (Key.Semicolon, 0x4c, 0x4c), (Key.Apostrophe, 0x52, 0x52), (Key.Enter, 0x5a, 0x5a), (Key.LeftShift, 0x12, 0x12),
        (Key.NonUsBackslash, 0x61, 0x13), (Key.Z, 0x1a, 0x1a), (Key.X, 0x22, 0x22), (Key.C, 0x21, 0x21), (Key.V, 0x2a, 0x2a),
        (Key.B, 0x32, 0x32), (Key.N, 0x31, 0x31), (Key.M, 0x3a, 0x3a), (Key.Comma, 0x41, 0x41), (Key.Period, 0x49, 0x49),
        (Key.Slash, 0x4a, 0x4a), (Key.RightShift, 0x59, 0x59), (Key.LeftControl, 0x14, 0x11), (Key.LeftAlt, 0x11, 0x19),
        (Key.Space, 0x29, 0x29), (Key.RightAlt, 0xe011, 0x39), (Key.RightControl, 0xe014, 0x58), (Key.LeftMeta, 0xe01f, 0x8b),
        (Key.RightMeta, 0xe027, 0x8c), (Key.Menu, 0xe02f, 0x8d), (Key.Insert, 0xe070, 0x67), (Key.Delete, 0xe071, 0x64),
        (Key.Home, 0xe06c, 0x6e), (Key.End, 0xe069, 0x65), (Key.PageUp, 0xe07d, 0x6f), (Key.PageDown, 0xe07a, 0x6d),
        (Key.Up, 0xe075, 0x63), (Key.Down, 0xe072, 0x60), (Key.Left, 0xe06b, 0x61), (Key.Right, 0xe074, 0x6a), (Key.NumLock, 0x77, 0x76),
        (Key.KeypadDivide, 0xe04a, 0x77), (Key.KeypadMultiply, 0x7c, 0x7e), (Key.KeypadSubtract, 0x7b, 0x84), (Key.KeypadAdd, 0x79, 0x7c),
        (Key.KeypadEnter, 0xe05a, 0x79), (Key.KeypadDecimal, 0x71, 0x71), (Key.Keypad0, 0x70, 0x70), (Key.Keypad1, 0x69, 0x69),
        (Key.Keypad2, 0x72, 0x72), (Key.Keypad3, 0x7a, 0x7a), (Key.Keypad4, 0x6b, 0x6b), (Key.Keypad5, 0x73, 0x73),
        (Key.Keypad6, 0x74, 0x74), (Key.Keypad7, 0x6c, 0x6c), (Key.Keypad8, 0x75, 0x75), (Key.Keypad9, 0x7d, 0x7d),
    ];

    private readonly record struct Codes(byte Set2, bool IsExtended, byte Set3);
}
