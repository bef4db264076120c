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

    /// <summary>How many slots a segment takes.</summary>
    public const int Slots = 7;
}
