using Mimus.Core.Backends;
using Mimus.Storage;
using Mimus.Storage.Formats;

namespace Mimus.Cli.Running;

/// <summary>The opened disks of a run.</summary>
internal sealed class DiskSet : IDisposable
{
    private readonly Dictionary<string, IDisk> _disks = [];

    private DiskSet()
    {
    }

    public IReadOnlyDictionary<string, IDisk> ById => _disks;

    public static DiskSet Open(IReadOnlyList<DiskPlan> plans)
    {
        var set = new DiskSet();
        try
        {
            foreach (var plan in plans) set._disks.Add(plan.Id, Open(plan));
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    /// <summary>Makes what the guest has written durable.</summary>
    public void Flush()
    {
        foreach (var disk in _disks.Values) disk.FlushAsync().AsTask().GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        foreach (var disk in _disks.Values) disk.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _disks.Clear();
    }

    private static IDisk Open(DiskPlan plan)
    {
        if (plan.Path is null) return new MemoryDisk(plan.FreshLength);
        var options = new ImageOptions { Format = plan.Format, IsReadOnly = plan.IsReadOnly || plan.IsTemporary, Follows = plan.Follows, FollowOption = "follow=on", Cache = plan.Cache, BackingPath = plan.BackingPath };
        var disk = DiskImages.Open(plan.Path, options);
        return new BlockNode(plan.IsTemporary ? new SnapshotOverlayDisk(disk) : disk);
    }
}
