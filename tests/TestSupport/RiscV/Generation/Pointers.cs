namespace Mimus.TestSupport.RiscV.Generation;

/// <summary>
/// Registers that a block never changes, so that its memory accesses have somewhere to go. The compressed instructions reach
/// x2, x8 and x9.
/// </summary>
public static class Pointers
{
    /// <summary>Aligned, in a page that allows everything.</summary>
    public const int Stack = 2, Good = 8;

    /// <summary>Anywhere in any page.</summary>
    public const int Any = 9;

    /// <summary>At the start of a cache block, in any page.</summary>
    public const int AnyAligned = 18;

    /// <summary>Not aligned, in a page that allows everything.</summary>
    public const int GoodMisaligned = 19;

    /// <summary>Near the end of any page.</summary>
    public const int PageEnd = 20;

    /// <summary>In a large or contiguous page.</summary>
    public const int Large = 21;

    /// <summary>No pointers, but values that some control registers may be given: see <see cref="CsrRules.HasLegalValue"/>.</summary>
    public const int InterruptBits = 22, EnvironmentBits = 23, StateEnableBits = 24, StatusBits = 25;

    /// <summary>The middle of the block's code.</summary>
    public const int Code = 31;

    public static ReadOnlySpan<int> Data => [Good, Stack, Any, AnyAligned, GoodMisaligned, PageEnd, Large];

    public static bool IsReserved(int register) => register is Stack or Good or Any or (>= AnyAligned and <= StatusBits) or Code;
}
