using System.Text;

namespace Mimus.Control.Gdb;

/// <summary>What follows the name of a request, read from left to right.</summary>
internal ref struct PacketArguments(ReadOnlySpan<byte> text)
{
    private const int MaximumDigits = 16;

    public ReadOnlySpan<byte> Rest { get; private set; } = text;

    public readonly bool IsEmpty => Rest.IsEmpty;

    public readonly string RestText => Encoding.ASCII.GetString(Rest);

    /// <summary>Takes a hexadecimal number of at most 64 bits.</summary>
    public bool TryNumber(out ulong value)
    {
        value = 0;
        var count = 0;
        while (count < Rest.Length && HexText.Digit(Rest[count]) is >= 0 and var digit)
        {
            if (++count > MaximumDigits) return false;
            value = (value << 4) | (uint)digit;
        }
        Rest = Rest[count..];
        return count > 0;
    }

    public bool TryTake(char separator)
    {
        if (Rest.IsEmpty || Rest[0] != separator) return false;
        Rest = Rest[1..];
        return true;
    }

    /// <summary>Takes <c>ADDRESS,LENGTH</c>.</summary>
    public bool TryRange(out ulong address, out ulong length)
    {
        length = 0;
        return TryNumber(out address) && TryTake(',') && TryNumber(out length);
    }

    /// <summary>Takes what is before a separator, or all when there is none.</summary>
    public PacketArguments TakeUntil(char separator)
    {
        var end = Rest.IndexOf((byte)separator);
        var part = end < 0 ? Rest : Rest[..end];
        Rest = end < 0 ? [] : Rest[(end + 1)..];
        return new PacketArguments(part);
    }

    /// <summary>Takes a thread id: a number, 0 for any, -1 for all; with a process before it, which is always the machine.</summary>
    public bool TryThread(out int thread)
    {
        thread = ThreadId.All;
        if (TryTake('p'))
        {
            TryTake('-');
            if (!TryNumber(out _)) return false;
            if (!TryTake('.')) return IsEmpty;
        }
        if (TryTake('-')) return TryTake('1');
        if (!TryNumber(out var number) || number > int.MaxValue) return false;
        thread = (int)number;
        return true;
    }
}
