namespace Mimus.Translation.Tests.Allocation;

/// <summary>What is in a register or a word of memory.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Op">Which operation loaded the constant, found the addend, computes; the call after which a slot had it, or -1.</param>
/// <param name="Number">The constant, the slot's number, or the value's.</param>
internal readonly record struct Content(ContentKind Kind, int Op, ulong Number)
{
    public static Content Unknown => default;

    public static Content Fixed => new(ContentKind.Fixed, 0, 0);

    public static Content Constant(ulong number, int op) => new(ContentKind.Constant, op, number);

    public static Content Slot(int slot, int call) => new(ContentKind.Slot, call, (ulong)slot);

    public static Content Value(int id) => new(ContentKind.Value, 0, (ulong)id);

    public static Content LowHalf(int id) => new(ContentKind.LowHalf, 0, (ulong)id);

    public static Content Computed(int op) => new(ContentKind.Computed, op, 0);

    public static Content Addend(int op) => new(ContentKind.Addend, op, 0);

    /// <summary>Whether it is the same, whoever loaded it.</summary>
    public bool Is(Content other) => this == other || (Kind == ContentKind.Constant && other.Kind == ContentKind.Constant && Number == other.Number);

    public override string ToString() => Kind switch
    {
        ContentKind.Constant => $"0x{Number:x}",
        ContentKind.Slot => Op < 0 ? $"s{Number}" : $"s{Number} after v{Op}",
        ContentKind.Value => $"v{Number}",
        ContentKind.LowHalf => $"v{Number} in its low half",
        ContentKind.Computed => $"something of v{Op}",
        ContentKind.Addend => $"the addend of v{Op}",
        ContentKind.Fixed => "a fixed value",
        _ => "nothing known",
    };
}
