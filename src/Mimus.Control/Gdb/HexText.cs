namespace Mimus.Control.Gdb;

/// <summary>Numbers and bytes in hexadecimal.</summary>
internal static class HexText
{
    /// <summary>The value of a digit, or -1.</summary>
    public static int Digit(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => character - '0',
        >= (byte)'a' and <= (byte)'f' => character - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => character - 'A' + 10,
        _ => -1,
    };

    /// <summary>Decodes two digits a byte; false when there is anything else.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> digits, Span<byte> bytes)
    {
        if (digits.Length != bytes.Length * 2) return false;
        for (var i = 0; i < bytes.Length; i++)
        {
            int high = Digit(digits[2 * i]), low = Digit(digits[(2 * i) + 1]);
            if (high < 0 || low < 0) return false;
            bytes[i] = (byte)((high << 4) | low);
        }
        return true;
    }
}
