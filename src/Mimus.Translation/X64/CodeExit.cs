namespace Mimus.Translation.X64;

/// <summary>A jump out of compiled code to a fixed guest address, which can be made to lead straight to that address's code.</summary>
internal sealed unsafe class CodeExit(ulong target, bool samePage, byte* field, byte* epochField, byte* stub)
{
    public ulong Target { get; } = target;

    /// <summary>The target's code is on the same page, so nothing can come between: the jump needs no check.</summary>
    public bool SamePage { get; } = samePage;

    /// <summary>The jump's distance.</summary>
    public byte* Field { get; } = field;

    /// <summary>The number of the mapping under which the jump holds; null where none is checked.</summary>
    public byte* EpochField { get; } = epochField;

    /// <summary>Where the jump leads while it is not linked.</summary>
    public byte* Stub { get; } = stub;
}
