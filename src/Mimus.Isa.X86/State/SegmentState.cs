using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Mimus.Isa.X86;

/// <summary>A segment register with its cached part, brought into the form that makes checks cheap.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SegmentState
{
    public ulong Base;

    /// <summary>The first offset that is valid: above 0 for a segment that expands down.</summary>
    public ulong Low;

    /// <summary>The first offset that cannot be read any more; 0 when nothing can.</summary>
    public ulong ReadEnd;

    /// <summary>The same for writing.</summary>
    public ulong WriteEnd;

    public ulong Selector;

    /// <summary>The access byte and, from bit 12 on, the flags of the descriptor; 0 for an unusable segment.</summary>
    public ulong Attributes;

    /// <summary>The limit in bytes, as the descriptor says.</summary>
    public ulong Limit;

    /// <summary>The fields in their order.</summary>
    [UnscopedRef]
    public ReadOnlySpan<ulong> Parts => MemoryMarshal.CreateReadOnlySpan(ref Base, Slots);

    /// <summary>Works out what can be read and written, from the limit and the attributes.</summary>
    public void SetEnds()
    {
        const ulong Readable = 2, Writable = 2, ExpandDown = 4, Code = 8, NotSystem = 0x10, Big = 0x4000;
        var isSystem = (Attributes & NotSystem) == 0;
        var isCode = !isSystem && (Attributes & Code) != 0;
        var expandsDown = !isSystem && !isCode && (Attributes & ExpandDown) != 0;
        var top = (Attributes & Big) != 0 ? 1ul << 32 : 1ul << 16;
        var end = expandsDown ? top : Limit + 1;
        Low = expandsDown ? Limit + 1 : 0;
        ReadEnd = !isSystem && (Attributes & (Code | Readable)) != Code ? end : 0;
        WriteEnd = !isSystem && (Attributes & (Code | Writable)) == Writable ? end : 0;
    }

    /// <summary>How many slots a segment takes.</summary>
    public const int Slots = 7;
}
