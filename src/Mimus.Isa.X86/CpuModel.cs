namespace Mimus.Isa.X86;

/// <summary>A kind of processor: what CPUID says of it.</summary>
/// <param name="Name">The name by which people choose it.</param>
/// <param name="Vendor">The twelve characters of leaf 0.</param>
/// <param name="Signature">Family, model and stepping, as leaf 1 has them in eax.</param>
/// <param name="Brand">What leaves 80000002h to 80000004h say, at most 47 characters.</param>
/// <param name="Features">What it has.</param>
public sealed record CpuModel(string Name, string Vendor, uint Signature, string Brand, FeatureSet Features)
{
    /// <summary>The highest standard leaf.</summary>
    public uint Level { get; init; } = 0x0d;

    public const int PhysicalAddressBits = 40;

    public bool IsIntel => Vendor == "GenuineIntel";

    public bool Has(X86Feature feature) => Features.Has(feature);
}
