using System.Numerics;

namespace Mimus.Isa.X86;

/// <summary>Kinds of flags, and how the state keeps them: a kind with the width that its values have.</summary>
public static class FlagKinds
{
    public static ulong Pack(FlagKind kind, MemorySize width) => (ulong)(((int)kind << 2) | BitOperations.Log2((uint)width));

    public static (FlagKind Kind, MemorySize Width) Unpack(ulong packed) => ((FlagKind)(packed >> 2), (MemorySize)(1 << (int)(packed & 3)));

    /// <summary>Whether flags of a kind have a second value.</summary>
    public static bool HasY(FlagKind kind) => kind is not (FlagKind.Eager or FlagKind.Logic);

    /// <summary>Whether they have a third one.</summary>
    public static bool HasZ(FlagKind kind) => kind is FlagKind.AddCarry or FlagKind.SubtractBorrow;
}
