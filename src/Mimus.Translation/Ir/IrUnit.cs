using Mimus.Isa;

namespace Mimus.Translation.Ir;

/// <summary>The code that is compiled at one time: one block, or the blocks of a region. Reused, so that it allocates nothing.</summary>
internal sealed class IrUnit
{
    /// <summary>No block adds more than this many operations after the unit was found to have room for it.</summary>
    public const int BlockReserve = 512;

    private const int ExtraInsts = 512;
    private const int MaximumInsts = 8192, MaximumGuests = 2048;

    /// <summary>The operations, and room behind them that a compiler may use.</summary>
    public Inst[] Insts { get; } = new Inst[MaximumInsts + ExtraInsts];

    public int Count { get; set; }

    public List<IrBlock> Blocks { get; } = [];

    /// <summary>The address of each guest instruction, and how many of its block come before it.</summary>
    public List<(ulong Pc, int Ordinal)> Guests { get; } = new(MaximumGuests);

    public List<Helper> Helpers { get; } = [];

    public List<FloatHelper> FloatHelpers { get; } = [];

    public bool HasRoom => Count < MaximumInsts - BlockReserve && Guests.Count < MaximumGuests;

    public void Clear()
    {
        Count = 0;
        Blocks.Clear();
        Guests.Clear();
        Helpers.Clear();
        FloatHelpers.Clear();
    }

    public int Add(in Inst inst)
    {
        Insts[Count] = inst;
        return Count++;
    }
}
