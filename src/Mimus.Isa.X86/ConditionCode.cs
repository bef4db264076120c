namespace Mimus.Isa.X86;

/// <summary>Conditions on the flags, with the numbers of the encodings.</summary>
public enum ConditionCode
{
    /// <summary>OF.</summary>
    Overflow,

    /// <summary>not OF.</summary>
    NotOverflow,

    /// <summary>CF.</summary>
    Below,

    /// <summary>not CF.</summary>
    NotBelow,

    /// <summary>ZF.</summary>
    Equal,

    /// <summary>not ZF.</summary>
    NotEqual,

    /// <summary>CF or ZF.</summary>
    NotAbove,

    /// <summary>neither CF nor ZF.</summary>
    Above,

    /// <summary>SF.</summary>
    Sign,

    /// <summary>not SF.</summary>
    NotSign,

    /// <summary>PF.</summary>
    Parity,

    /// <summary>not PF.</summary>
    NotParity,

    /// <summary>SF is not OF.</summary>
    Less,

    /// <summary>SF is OF.</summary>
    NotLess,

    /// <summary>ZF, or SF is not OF.</summary>
    NotGreater,

    /// <summary>not ZF, and SF is OF.</summary>
    Greater,
}
