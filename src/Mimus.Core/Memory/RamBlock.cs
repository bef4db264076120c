using Mimus.Core.State;
using Mimus.Host;

namespace Mimus.Core.Memory;

/// <summary>One contiguous block of guest RAM or ROM and where the guest sees it.</summary>
public sealed unsafe class RamBlock : IStateful, IDisposable
{
    private const int WindowShift = 30;

    private readonly MemoryMapping _mapping;

    // One object every 1 GiB, each reaching as far as a length can say, so that any smaller range lies in one of them and
    // asking for it allocates nothing.
    private readonly Window[] _windows;

    internal RamBlock(string name, AddressRange range, bool readOnly, CodeWatch watch)
    {
        Name = name;
        Range = range;
        ReadOnly = readOnly;
        Dirty = new DirtyPages(this);
        _mapping = MemoryMapping.Anonymous(checked((nuint)range.Length));
        Code = new WatchedPages(this, watch);
        _windows = new Window[(range.Length - 1 >> WindowShift) + 1];
        for (var i = 0; i < _windows.Length; i++)
        {
            var start = (ulong)i << WindowShift;
            _windows[i] = new Window(Pointer + start, (int)Math.Min(range.Length - start, int.MaxValue));
        }
    }

    public string Name { get; }

    public AddressRange Range { get; }

    /// <summary>No device reaches it by an address.</summary>
    public bool IsHidden { get; internal init; }

    /// <summary>Guest stores have no effect: flash and boot ROM. The host fills it through <see cref="Bytes"/>.</summary>
    public bool ReadOnly { get; }

    public byte* Pointer => _mapping.Pointer;

    /// <summary>The pages that somebody depends on.</summary>
    public WatchedPages Code { get; }

    /// <summary>Where it is noted that the block was written.</summary>
    internal DirtyPages Dirty { get; }

    /// <summary>
    /// A window onto the block's memory; the caller stays inside it because a span does. Who writes to it says so by
    /// <see cref="MarkWritten"/>.
    /// </summary>
    public Span<byte> Bytes(ulong offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Range.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)length, Range.Length - offset);
        return new Span<byte>(Pointer + offset, length);
    }

    /// <summary>A part of the block for host I/O; it must be inside the block.</summary>
    internal Memory<byte> Memory(ulong offset, int length)
    {
        var window = _windows[offset >> WindowShift].Memory;
        var start = (int)(offset & ((1 << WindowShift) - 1));
        return length <= window.Length - start ? window.Slice(start, length) : new Window(Pointer + offset, length).Memory;
    }

    /// <summary>Writes what a loader has for an address inside the block, read-only or not.</summary>
    public void Load(ulong address, ReadOnlySpan<byte> data)
    {
        data.CopyTo(Bytes(address - Range.Start, data.Length));
        MarkWritten(address - Range.Start, (ulong)data.Length);
    }

    /// <summary>Notes that bytes were written, by anybody but a vCPU.</summary>
    public void MarkWritten(ulong offset, ulong length)
    {
        if (length == 0) return;
        Interlocked.MemoryBarrier();
        Dirty.Mark(offset, length);
        Code.WereWritten(offset, length);
    }

    /// <summary>Notes that a vCPU is about to write bytes of one page, and perhaps to remember the page as writable.</summary>
    public void MarkBeforeWrite(ulong offset, ulong length)
    {
        Dirty.Mark(offset, length);
        Code.MayBeWritten(offset);
    }

    /// <summary>Fills the block with zeroes and gives its pages back.</summary>
    public void Clear()
    {
        _mapping.Clear();
        MarkWritten(0, Range.Length);
    }

    public void State(StateVisitor v) => v.Pages(1, "contents", this);

    public void Dispose()
    {
        _mapping.Dispose();
        Code.Dispose();
    }

    private sealed class Window(byte* pointer, int length) : System.Buffers.MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => new(pointer, length);

        public override System.Buffers.MemoryHandle Pin(int elementIndex = 0) => new(pointer + elementIndex);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
