namespace Mimus.Translation.Evaluator;

/// <summary>A guest value at run time. Its own type, since precompiled images leave out generic code over plain numbers.</summary>
internal readonly struct U(ulong bits)
{
    public readonly ulong Bits = bits;

    public override string ToString() => $"0x{Bits:x}";
}
