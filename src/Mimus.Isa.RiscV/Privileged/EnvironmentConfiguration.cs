namespace Mimus.Isa.RiscV.Privileged;

/// <summary>Fields of menvcfg and senvcfg.</summary>
internal static class EnvironmentConfiguration
{
    public const ulong FenceOfIo = 1;
    public const ulong CacheInvalidate = 3 << 4;
    public const ulong CacheClean = 1 << 6;
    public const ulong CacheZero = 1 << 7;

    /// <summary>ADUE: hardware sets accessed and dirty bits.</summary>
    public const ulong HardwareDirty = 1ul << 61;

    /// <summary>PBMTE: memory types in page tables.</summary>
    public const ulong PageTypes = 1ul << 62;

    /// <summary>STCE: stimecmp.</summary>
    public const ulong SupervisorTimer = 1ul << 63;
}
