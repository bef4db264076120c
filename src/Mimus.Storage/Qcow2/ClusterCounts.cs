namespace Mimus.Storage.Qcow2;

/// <summary>A number for each cluster of a file, in memory for those parts where one is not 0.</summary>
internal sealed class ClusterCounts
{
    private const int PartBits = 12;

    private readonly SortedDictionary<long, uint[]> _parts = [];

    /// <summary>One more than the last cluster that was counted.</summary>
    public long End { get; private set; }

    /// <summary>The first clusters of the parts that have been counted in.</summary>
    public IEnumerable<long> Parts => _parts.Keys.Select(k => k << PartBits);

    public static int PartLength => 1 << PartBits;

    public uint this[long cluster] => _parts.TryGetValue(cluster >> PartBits, out var part) ? part[cluster & ((1 << PartBits) - 1)] : 0;

    public void Add(long cluster, uint count = 1)
    {
        if (!_parts.TryGetValue(cluster >> PartBits, out var part)) _parts.Add(cluster >> PartBits, part = new uint[1 << PartBits]);
        part[cluster & ((1 << PartBits) - 1)] += count;
        End = Math.Max(End, cluster + 1);
    }
}
