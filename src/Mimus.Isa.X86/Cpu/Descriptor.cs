using System.Runtime.CompilerServices;

namespace Mimus.Isa.X86;

/// <summary>A segment descriptor or gate as it is in a table (SDM volume 3, 3.4.5 and 3.5).</summary>
/// <param name="low">The eight bytes that all have.</param>
/// <param name="high">The eight more of a system descriptor in long mode.</param>
internal readonly struct Descriptor(ulong low, ulong high = 0)
{
    /// <summary>Types of system descriptors.</summary>
    public const int Tss16 = 1, Ldt = 2, BusyTss16 = 3, CallGate16 = 4, TaskGate = 5, InterruptGate16 = 6, TrapGate16 = 7, Tss = 9, BusyTss = 11, CallGate = 12,
        InterruptGate = 14, TrapGate = 15;

    /// <summary>Bits of the attributes.</summary>
    public const ulong Accessed = 1, Writable = 2, Readable = 2, Conforming = 4, ExpandDown = 4, Code = 8, Present = 0x80, NotSystem = 0x10, Long = 0x2000, Big = 0x4000,
        Granular = 0x8000;

    public ulong Low { get; } = low;

    public ulong High { get; } = high;

    /// <summary>The access byte, and from bit 12 on AVL, L, D/B and G.</summary>
    public ulong Attributes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Low >> 40) & 0xf0ff;
    }

    public ulong Base => ((Low >> 16) & 0xffffff) | ((Low >> 32) & 0xff000000) | (High << 32);

    public ulong Limit
    {
        get
        {
            var limit = (Low & 0xffff) | ((Low >> 32) & 0xf0000);
            return (Attributes & Granular) != 0 ? (limit << 12) | 0xfff : limit;
        }
    }

    public int Type => (int)(Low >> 40) & 15;

    public bool IsSystem => (Attributes & NotSystem) == 0;

    public bool IsPresent => (Attributes & Present) != 0;

    public int Privilege => (int)(Low >> 45) & 3;

    public bool IsCode => (Attributes & (NotSystem | Code)) == (NotSystem | Code);

    public bool IsConforming => (Attributes & (Code | Conforming)) == (Code | Conforming);

    public bool IsWritableData => !IsSystem && (Attributes & (Code | Writable)) == Writable;

    public bool IsReadable => !IsSystem && (Attributes & (Code | Readable)) != Code;

    public bool IsLong => (Attributes & Long) != 0;

    public bool IsBig => (Attributes & Big) != 0;

    /// <summary>A gate's target.</summary>
    public ushort GateSelector => (ushort)(Low >> 16);

    public ulong GateOffset => (Low & 0xffff) | ((Low >> 32) & 0xffff0000) | (High << 32);

    /// <summary>The size of what a gate pushes, and of its offset: bit 3 of the type tells 286 gates from later ones.</summary>
    public bool IsGate32 => (Type & 8) != 0;

    /// <summary>How many parameters a call gate copies.</summary>
    public int ParameterCount => (int)(Low >> 32) & 31;

    /// <summary>The interrupt stack of a gate in long mode; 0 for none.</summary>
    public int StackNumber => (int)(Low >> 32) & 7;

    /// <summary>The same with the accessed bit set.</summary>
    public Descriptor AsAccessed => new(Low | (Accessed << 40), High);

    /// <summary>A segment register's contents with this descriptor.</summary>
    public SegmentState ToSegment(ushort selector)
    {
        var segment = new SegmentState { Base = Base, Limit = Limit, Selector = selector, Attributes = Attributes };
        segment.SetEnds();
        return segment;
    }
}
