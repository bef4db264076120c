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

    /// <summary>The methods that operations call. They outlive the code, so that a number always means the same one.</summary>
    public List<Helper> Helpers { get; } = [];

    public List<FloatHelper> FloatHelpers { get; } = [];

    public bool HasRoom => Count < MaximumInsts - BlockReserve && Guests.Count < MaximumGuests;

    public void Clear()
    {
        Count = 0;
        Blocks.Clear();
        Guests.Clear();
    }

    /// <summary>The number of a method, which gets one when it has none.</summary>
    public int NumberOf(in Helper helper)
    {
        for (var i = 0; i < Helpers.Count; i++)
        {
            if (Helpers[i].IsSame(helper)) return i;
        }
        Helpers.Add(helper);
        return Helpers.Count - 1;
    }

    public int NumberOf(in FloatHelper helper)
    {
        for (var i = 0; i < FloatHelpers.Count; i++)
        {
            if (FloatHelpers[i].IsSame(helper)) return i;
        }
        FloatHelpers.Add(helper);
        return FloatHelpers.Count - 1;
    }

    public int Add(in Inst inst)
    {
        Insts[Count] = inst;
        return Count++;
    }
}
