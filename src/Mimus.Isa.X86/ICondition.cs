namespace Mimus.Isa.X86;

/// <summary>A condition, as a type.</summary>
public interface ICondition
{
    static abstract ConditionCode Code { get; }
}

/// <summary>OF.</summary>
public readonly struct IfOverflow : ICondition
{
    public static ConditionCode Code => ConditionCode.Overflow;
}

/// <summary>not OF.</summary>
public readonly struct IfNotOverflow : ICondition
{
    public static ConditionCode Code => ConditionCode.NotOverflow;
}

/// <summary>CF.</summary>
public readonly struct IfBelow : ICondition
{
    public static ConditionCode Code => ConditionCode.Below;
}

/// <summary>not CF.</summary>
public readonly struct IfNotBelow : ICondition
{
    public static ConditionCode Code => ConditionCode.NotBelow;
}

/// <summary>ZF.</summary>
public readonly struct IfEqual : ICondition
{
    public static ConditionCode Code => ConditionCode.Equal;
}

/// <summary>not ZF.</summary>
public readonly struct IfNotEqual : ICondition
{
    public static ConditionCode Code => ConditionCode.NotEqual;
}

/// <summary>CF or ZF.</summary>
public readonly struct IfNotAbove : ICondition
{
    public static ConditionCode Code => ConditionCode.NotAbove;
}

/// <summary>neither CF nor ZF.</summary>
public readonly struct IfAbove : ICondition
{
    public static ConditionCode Code => ConditionCode.Above;
}

/// <summary>SF.</summary>
public readonly struct IfSign : ICondition
{
    public static ConditionCode Code => ConditionCode.Sign;
}

/// <summary>not SF.</summary>
public readonly struct IfNotSign : ICondition
{
    public static ConditionCode Code => ConditionCode.NotSign;
}

/// <summary>PF.</summary>
public readonly struct IfParity : ICondition
{
    public static ConditionCode Code => ConditionCode.Parity;
}

/// <summary>not PF.</summary>
public readonly struct IfNotParity : ICondition
{
    public static ConditionCode Code => ConditionCode.NotParity;
}

/// <summary>SF is not OF.</summary>
public readonly struct IfLess : ICondition
{
    public static ConditionCode Code => ConditionCode.Less;
}

/// <summary>SF is OF.</summary>
public readonly struct IfNotLess : ICondition
{
    public static ConditionCode Code => ConditionCode.NotLess;
}

/// <summary>ZF, or SF is not OF.</summary>
public readonly struct IfNotGreater : ICondition
{
    public static ConditionCode Code => ConditionCode.NotGreater;
}

/// <summary>not ZF, and SF is OF.</summary>
public readonly struct IfGreater : ICondition
{
    public static ConditionCode Code => ConditionCode.Greater;
}
