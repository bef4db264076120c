using System.Runtime.InteropServices;

namespace Mimus.Translation.X64;

/// <summary>A jump out of compiled code to a fixed guest address, which can be made to lead straight to that address's code.</summary>
/// <param name="target">The guest address.</param>
/// <param name="field">The jump's distance.</param>
/// <param name="epochField">The number of the mapping under which the jump holds; null where none is checked.</param>
/// <param name="stub">Where the jump leads while it is not linked.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly unsafe struct CodeExit(ulong target, byte* field, byte* epochField, byte* stub)
{
    // All of it is within a few bytes of the jump.
    private readonly sbyte _toEpochField = epochField == null ? (sbyte)0 : checked((sbyte)(epochField - field));
    private readonly sbyte _toStub = checked((sbyte)(stub - field));

    public readonly ulong Target = target;

    public readonly byte* Field = field;

    /// <summary>
    /// It is taken only while the mapping is another than that under which code goes on inside its region: the check is behind the jump.
    /// </summary>
    public bool IsGate => _toEpochField > 0;

    public byte* EpochField => SamePage ? null : Field + _toEpochField;

    public byte* Stub => Field + _toStub;

    /// <summary>The target's code is on the same page, so nothing can come between: the jump needs no check.</summary>
    public bool SamePage => _toEpochField == 0;
}
