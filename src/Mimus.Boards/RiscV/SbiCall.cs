namespace Mimus.Boards.RiscV;

/// <summary>Numbers of the RISC-V Supervisor Binary Interface 2.0.</summary>
internal static class SbiCall
{
    public const ulong Base = 0x10, Timer = 0x54494d45, Ipi = 0x735049, RemoteFence = 0x52464e43, HartState = 0x48534d;
    public const ulong SystemReset = 0x53525354, DebugConsole = 0x4442434e, Performance = 0x504d55;

    // Legacy extensions, chapter 5: each is one function.
    public const ulong LegacySetTimer = 0, LegacyPutCharacter = 1, LegacyGetCharacter = 2, LegacyClearIpi = 3, LegacySendIpi = 4;
    public const ulong LegacyRemoteFenceI = 5, LegacyRemoteFence = 6, LegacyRemoteFenceAsid = 7, LegacyShutdown = 8;
}
