using Mimus.Host;

namespace Mimus.Translation.X64;

/// <summary>What is known of all emitted code: its sites, and the ways out of it.</summary>
internal sealed unsafe class CodeRecords : IDisposable
{
    public NativeList<Site> Sites { get; } = new();

    public NativeList<Holding> Holdings { get; } = new();

    public NativeList<ulong> Constants { get; } = new();

    public NativeList<CodeExit> Exits { get; } = new();

    public ulong* ConstantsOf(in Site site) => Constants.Items + site.FirstConstant;

    public ReadOnlySpan<Holding> HoldingsOf(in Site site) => new(Holdings.Items + site.FirstHolding, site.HoldingCount);

    public void Clear()
    {
        Sites.Clear();
        Holdings.Clear();
        Constants.Clear();
        Exits.Clear();
    }

    public void Dispose()
    {
        Sites.Dispose();
        Holdings.Dispose();
        Constants.Dispose();
        Exits.Dispose();
    }
}
