namespace Mimus.Isa.RiscV;

/// <summary>What kind of hart it is.</summary>
public sealed record RiscVConfiguration
{
    public Extension Extensions { get; init; } = Profiles.Rv64;

    public int PmpEntries { get; init; } = 16;

    /// <summary>Whether a feature is there.</summary>
    public bool Has(Extension extension) => (Extensions & extension) == extension;
}
