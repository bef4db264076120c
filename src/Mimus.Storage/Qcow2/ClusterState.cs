namespace Mimus.Storage.Qcow2;

/// <summary>
/// What an L2 entry says about a cluster of the disk. A cluster consists of units, one or, with extended entries, 32; each is in
/// the file, or reads as zeroes, or is not there.
/// </summary>
/// <param name="HasHost">There is a cluster of the file for it.</param>
/// <param name="Host">That cluster's offset.</param>
/// <param name="IsOwn">Nobody else uses that cluster, so it may be written in place.</param>
/// <param name="Allocated">A bit for each unit that is in the file.</param>
/// <param name="Zero">A bit for each unit that reads as zeroes.</param>
/// <param name="Compressed">The descriptor of a compressed cluster; 0 for others.</param>
internal readonly record struct ClusterState(bool HasHost, long Host, bool IsOwn, uint Allocated, uint Zero, ulong Compressed)
{
    public bool IsCompressed => Compressed != 0;

    /// <summary>It has a place that may be written.</summary>
    public bool IsInPlace => HasHost && IsOwn;

    /// <summary>The kind of a unit, by which neighbours are told apart.</summary>
    public UnitKind KindOf(int unit) => IsCompressed ? UnitKind.Compressed
        : (Zero >> unit & 1) != 0 ? UnitKind.Zero
        : (Allocated >> unit & 1) != 0 ? UnitKind.Data
        : UnitKind.Missing;
}
