namespace Mimus.Translation.Engine;

/// <summary>How the translating engine works.</summary>
public sealed record TranslatorOptions
{
    /// <summary>Bytes of machine code of one vCPU; when they are used up, all is dropped and made again as needed.</summary>
    public long CodeBytes { get; init; } = 64 << 20;

    /// <summary>How often an address is branched to before its block is compiled; 0 is at once.</summary>
    public int BlockThreshold { get; init; } = 6;

    /// <summary>How often a block is entered before its region is compiled; 0 is at once, the largest number never.</summary>
    public int RegionThreshold { get; init; } = 6000;

    /// <summary>Tell perf about emitted code in <c>/tmp/perf-PID.map</c>.</summary>
    public bool WritesPerfMap { get; init; }
}
