namespace Mimus.Translation.X64;

/// <summary>What a place in emitted code asks of C#.</summary>
internal enum SiteKind : byte
{
    Load,
    Store,
    LoadReserved,
    StoreConditional,
    Atomic,
    Trap,
    Interpret,
    Call,
    TryCall,
    FloatCall,
}

/// <summary>Where a value is at a site.</summary>
internal enum PlaceKind : byte
{
    None,
    Gpr,
    Xmm,
    Spill,
    Constant,

    /// <summary>In the memory of a slot.</summary>
    Slot,

    /// <summary>In the low half of an xmm register, with nothing said about the upper.</summary>
    NarrowXmm,
}

/// <summary>A place of a value: a register or spill number, or a constant.</summary>
internal readonly record struct Place(PlaceKind Kind, ulong Number);

/// <summary>A slot whose value is not in memory at a site, and where it is.</summary>
internal readonly record struct Holding(int Slot, Place Place);

/// <summary>A place in emitted code that may call C#: all that C# needs to do the guest instruction and to restore the state before it.</summary>
internal sealed class Site
{
    public required SiteKind Kind { get; init; }

    /// <summary>A size, or a trap's cause.</summary>
    public byte Size { get; init; }

    /// <summary>An atomic operation or a rounding mode.</summary>
    public byte Variant { get; init; }

    public required ulong Pc { get; init; }

    /// <summary>Instructions of the block that retired before this one.</summary>
    public required int Ordinal { get; init; }

    public Place A { get; init; }

    public Place B { get; init; }

    public Place C { get; init; }

    /// <summary>What is added to the address in <see cref="A"/>.</summary>
    public ulong Displacement { get; init; }

    public Place Result { get; init; }

    /// <summary>The helper's number in the engine's table.</summary>
    public int Helper { get; set; }

    /// <summary>What counts the calls.</summary>
    public CallCounter? Counter { get; set; }

    public required Holding[] Holdings { get; init; }
}
