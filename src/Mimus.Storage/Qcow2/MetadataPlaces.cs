using Mimus.Storage.Files;

namespace Mimus.Storage.Qcow2;

/// <summary>
/// Which clusters of the file hold tables: none of them may be given out, or be written as data, whatever the refcounts of a
/// damaged or hostile image say.
/// </summary>
internal sealed class MetadataPlaces(IImageFile file, int clusterBits)
{
    private readonly HashSet<long> _clusters = [0];

    /// <summary>Notes a table; two in one place are damage.</summary>
    public void Add(long offset, long length)
    {
        for (var cluster = offset >> clusterBits; cluster << clusterBits < offset + length; cluster++)
        {
            if (!_clusters.Add(cluster)) throw Corrupt($"two of its tables are in the cluster at {cluster << clusterBits}");
        }
    }

    public bool Remove(long cluster) => _clusters.Remove(cluster);

    public bool Contains(long offset) => _clusters.Contains(offset >> clusterBits);

    public void CheckFree(long cluster)
    {
        if (_clusters.Contains(cluster)) throw Corrupt($"the cluster at {cluster << clusterBits} holds a table and is counted as free");
    }

    /// <summary>Damage was found: from now on nothing is written.</summary>
    public bool IsDamaged { get; private set; }

    public DiskImageException Corrupt(string what)
    {
        IsDamaged = true;
        return new($"disk image '{file.Name}' is damaged: {what}; look at it with 'mimus-img check', and repair it with 'mimus-img check -r all'");
    }
}
