namespace Mimus.Isa.X86;

/// <summary>What a processor does (SDM volume 3, 25.4.2): the values of <see cref="X86State.Activity"/>.</summary>
public static class Activity
{
    public const ulong Running = 0;

    /// <summary>HLT waits for an interrupt.</summary>
    public const ulong Halted = 1;

    /// <summary>After INIT or a reset, every processor but the first waits for the start-up message.</summary>
    public const ulong AwaitingStart = 2;
}
