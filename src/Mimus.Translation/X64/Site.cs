using System.Runtime.InteropServices;

namespace Mimus.Translation.X64;

/// <summary>What a place in emitted code asks of C#.</summary>
internal enum SiteKind : byte
{
    Load,
    LoadForUpdate,
    Store,
    LoadReserved,
    StoreConditional,
    Atomic,
    CompareExchange,
    VectorLoad,
    VectorStore,
    Trap,
    Interpret,
    Refresh,
    RefreshAndJump,
    Call,
    TryCall,

    /// <summary>The call is the last thing that its block does, and its result is where to go on.</summary>
    TryCallAndJump,
    FloatCall,
}

/// <summary>Where a value is at a site.</summary>
internal enum PlaceKind : byte
{
    None,
    Gpr,
    Xmm,
    Spill,

    /// <summary>One of the site's own constants.</summary>
    Constant,

    /// <summary>In the memory of a slot.</summary>
    Slot,

    /// <summary>In the low half of an xmm register, with nothing said about the upper.</summary>
    NarrowXmm,

    /// <summary>In the upper half of 128 bits of an xmm register.</summary>
    XmmHigh,
}

/// <summary>A place of a value, and the number of a register, a spill, a slot or a constant.</summary>
internal readonly record struct Place(PlaceKind Kind, byte Number)
{
    public Place(Gpr register) : this(PlaceKind.Gpr, (byte)register)
    {
    }

    public Place(Xmm register) : this(PlaceKind.Xmm, (byte)register)
    {
    }
}

/// <summary>A slot whose value is not in memory at a site, and where it is.</summary>
internal readonly record struct Holding(byte Slot, Place Place);

/// <summary>
/// A place in emitted code that may call C#: all that C# needs to do the guest instruction and to restore the state before it. There are
/// hundreds of thousands, so every byte counts.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct Site
{
    public ulong Pc;

    /// <summary>What is added to the address in <see cref="A"/>.</summary>
    public int Displacement;

    /// <summary>Which of the <see cref="CodeRecords.Holdings"/> are this site's.</summary>
    public int FirstHolding;

    /// <summary>Which of the <see cref="CodeRecords.Constants"/> are this site's.</summary>
    public int FirstConstant;

    /// <summary>Instructions of the block that retired before this one.</summary>
    public ushort Ordinal;

    /// <summary>The helper's number in the unit; of a vector its first slot.</summary>
    public ushort Helper;

    public SiteKind Kind;

    /// <summary>A size, or a trap's cause.</summary>
    public byte Size;

    /// <summary>An atomic operation or a rounding mode.</summary>
    public byte Variant;

    public byte HoldingCount;

    public Place A, B, C, Result;
}
