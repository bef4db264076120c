namespace Mimus.Isa.X86;

/// <summary>What came of decoding.</summary>
public enum DecodeResult
{
    Decoded,

    /// <summary>There is no such instruction, or this processor does not have it.</summary>
    Invalid,

    /// <summary>The instruction goes on behind the bytes that were there.</summary>
    TooShort,
}
