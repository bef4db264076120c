namespace Mimus.Storage.Qcow2;

/// <summary>What a look at all tables of an image has found.</summary>
public sealed record CheckResult
{
    /// <summary>What a person should read, a line for each thing that is wrong; the first thousand.</summary>
    public List<string> Messages { get; } = [];

    /// <summary>Things that are wrong and endanger data.</summary>
    public long Corruptions { get; set; }

    /// <summary>Clusters that are counted and not used: space that is lost.</summary>
    public long Leaks { get; set; }

    public long CorruptionsFixed { get; set; }

    public long LeaksFixed { get; set; }

    /// <summary>Behind the last cluster that is used.</summary>
    public long ImageEnd { get; set; }

    public long TotalClusters { get; set; }

    public long AllocatedClusters { get; set; }

    public long FragmentedClusters { get; set; }

    public long CompressedClusters { get; set; }

    public bool IsClean => Corruptions == 0 && Leaks == 0;

    internal void Report(string message)
    {
        if (Messages.Count < 1000) Messages.Add(message);
    }
}
