namespace Mimus.Translation.Ir;

/// <summary>How a block ends.</summary>
internal enum BlockEnd : byte
{
    /// <summary>At a fixed address: the next instruction's, or a jump's target.</summary>
    Goto,

    /// <summary>At one of two fixed addresses.</summary>
    Branch,

    /// <summary>At an address that a value has.</summary>
    Indirect,

    /// <summary>At an address that a value has: most likely behind a call of the block's function.</summary>
    Return,

    /// <summary>Nowhere: its last operation always leaves.</summary>
    Never,
}

/// <summary>A straight piece of guest code.</summary>
internal struct IrBlock
{
    public IrBlock()
    {
    }

    /// <summary>Where it begins.</summary>
    public ulong Pc;

    /// <summary>Its operations: from First up to, not including, Last.</summary>
    public int First, Last;

    /// <summary>How many guest instructions it has.</summary>
    public int Instructions;

    public BlockEnd End;

    /// <summary>Everything known about the processor is to be looked at anew afterwards; where there is a condition for it, if that holds.</summary>
    public bool Refresh;

    /// <summary>The branch's condition, the target of an indirect jump or a return, or the condition of a refresh; else none.</summary>
    public int Value = Inst.None;

    /// <summary>
    /// Where an indirect jump goes on in another context and nothing else has changed, the context's number, or a number that is none; else no value.
    /// </summary>
    public int Context = Inst.None;

    /// <summary>Where a branch that is taken leads.</summary>
    public ulong Taken;

    /// <summary>Where it goes on: after a branch that is not taken, or always.</summary>
    public ulong Next;

    /// <summary>The address after the last instruction; where a call would return to.</summary>
    public ulong After;

    /// <summary>It goes elsewhere, perhaps to come back to what follows it.</summary>
    public readonly bool MayBeCall => End == BlockEnd.Indirect || (End == BlockEnd.Goto && Next != After);

    /// <summary>It ends at an address that is known only when it runs.</summary>
    public readonly bool EndsIndirectly => End is BlockEnd.Indirect or BlockEnd.Return;
}
