namespace Mimus.Translation.Engine;

/// <summary>What an instruction left to be done after it, beyond going on with the next.</summary>
internal enum Outcome
{
    /// <summary>Go on with the next instruction.</summary>
    None,

    /// <summary>Go on at the evaluator's target.</summary>
    Branch,

    /// <summary>Go on with the next instruction, but look at everything anew.</summary>
    EndBlock,

    /// <summary>Go on at the evaluator's target, but look at everything anew.</summary>
    BranchAndEndBlock,

    /// <summary>The CPU has a trap pending; the instruction changed nothing.</summary>
    Trap,

    /// <summary>A debug point was met; the instruction changed nothing.</summary>
    DebugPoint,

    /// <summary>The instruction accesses a device and has to be interpreted; it changed nothing.</summary>
    Deferred,
}
