using Mimus.Core.State;
using Mimus.Host;

namespace Mimus.Core.Memory;

/// <summary>One contiguous block of guest RAM or ROM and where the guest sees it.</summary>
public sealed unsafe class RamBlock : IStateful, IDisposable
{
    private readonly MemoryMapping _mapping;

    internal RamBlock(string name, AddressRange range, bool readOnly)
    {
        Name = name;
        Range = range;
        ReadOnly = readOnly;
        _mapping = MemoryMapping.Anonymous(checked((nuint)range.Length));
    }

    public string Name { get; }

    public AddressRange Range { get; }

    /// <summary>Guest stores have no effect: flash and boot ROM. The host fills it through <see cref="Bytes"/>.</summary>
    public bool ReadOnly { get; }

    public byte* Pointer => _mapping.Pointer;

    /// <summary>A window onto the block's memory; the caller stays inside it because a span does.</summary>
    public Span<byte> Bytes(ulong offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Range.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)length, Range.Length - offset);
        return new Span<byte>(Pointer + offset, length);
    }

    /// <summary>Writes what a loader has for an address inside the block, read-only or not.</summary>
    public void Load(ulong address, ReadOnlySpan<byte> data) => data.CopyTo(Bytes(address - Range.Start, data.Length));

    /// <summary>Fills the block with zeroes and gives its pages back.</summary>
    public void Clear() => _mapping.Clear();

    public void State(StateVisitor v) => v.Pages(1, "contents", this);

    public void Dispose() => _mapping.Dispose();
}
