namespace Mimus.Core.Memory;

/// <summary>A non-empty range of guest physical addresses that does not wrap around.</summary>
public readonly record struct AddressRange
{
    public AddressRange(ulong start, ulong length)
    {
        if (length == 0 || length - 1 > ulong.MaxValue - start) throw new ArgumentOutOfRangeException(nameof(length), length, "a range is not empty and does not wrap around");
        Start = start;
        Length = length;
    }

    public ulong Start { get; }

    public ulong Length { get; }

    public ulong Last => Start + (Length - 1);

    public bool Contains(ulong address) => address - Start < Length;

    /// <summary>Whether the <paramref name="length"/> bytes at <paramref name="address"/> are all inside.</summary>
    public bool Contains(ulong address, ulong length)
    {
        var offset = address - Start;
        return offset < Length && length <= Length - offset;
    }

    public bool Overlaps(AddressRange other) => Start <= other.Last && other.Start <= Last;

    public override string ToString() => $"0x{Start:x}-0x{Last:x}";
}
