namespace Mimus.Core.Memory;

/// <summary>A guest physical address. Virtual addresses are plain numbers inside one instruction set's code and never of this type.</summary>
public readonly record struct GuestAddress(ulong Value) : IComparable<GuestAddress>
{
    public int CompareTo(GuestAddress other) => Value.CompareTo(other.Value);

    public override string ToString() => $"0x{Value:x}";

    public static GuestAddress operator +(GuestAddress address, ulong offset) => new(unchecked(address.Value + offset));

    public static ulong operator -(GuestAddress left, GuestAddress right) => unchecked(left.Value - right.Value);

    public static bool operator <(GuestAddress left, GuestAddress right) => left.Value < right.Value;

    public static bool operator >(GuestAddress left, GuestAddress right) => left.Value > right.Value;

    public static bool operator <=(GuestAddress left, GuestAddress right) => left.Value <= right.Value;

    public static bool operator >=(GuestAddress left, GuestAddress right) => left.Value >= right.Value;
}
