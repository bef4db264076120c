using Mimus.Core.Backends;
using Mimus.Core.State;

namespace Mimus.Devices.Storage;

/// <summary>
/// A diskette drive: where its head is and what is in it. It has no lock: its owner, <see cref="FloppyController"/>, has.
/// </summary>
internal sealed class FloppyDrive : IStateful
{
    /// <summary>The furthest cylinder that a head can be stepped to.</summary>
    public const int LastCylinder = 85;

    private int _cylinder;
    private bool _changed = true; // the diskette may be another one since the head last moved

    public IDisk? Disk { get; private set; }

    public FloppyGeometry Geometry { get; private set; }

    public int Cylinder => _cylinder;

    public bool HasChanged => _changed;

    public void Insert(IDisk? disk)
    {
        Disk = disk;
        Geometry = disk is null ? default : FloppyGeometry.Of(disk.Length);
        _changed = true;
    }

    public void Seek(int cylinder)
    {
        _cylinder = Math.Clamp(cylinder, 0, LastCylinder);
        if (Disk is not null) _changed = false;
    }

    public void Reset() => (_cylinder, _changed) = (0, true);

    public void State(StateVisitor v)
    {
        v.Field(1, "cylinder", ref _cylinder, LastCylinder);
        v.Field(2, "changed", ref _changed);
    }
}
