namespace Mimus.Translation.Tests.Allocation;

/// <summary>What is in a register or a word of memory.</summary>
internal enum ContentKind : byte
{
    /// <summary>Nothing that anybody may look at.</summary>
    Unknown,

    /// <summary>What emitted code keeps for good, as the address of the state.</summary>
    Fixed,

    /// <summary>A number that the code has loaded.</summary>
    Constant,

    /// <summary>What a slot had when its block began, or after a call that changes slots.</summary>
    Slot,

    /// <summary>The result of an operation.</summary>
    Value,

    /// <summary>A single-precision result, with anything above it.</summary>
    LowHalf,

    /// <summary>What the current operation has computed so far.</summary>
    Computed,

    /// <summary>What an access has found in the table of translations.</summary>
    Addend,
}
