namespace Mimus.Storage.Qcow2;

// What the header says, and changes of it.
public sealed partial class Qcow2Disk
{
    public Qcow2Details Details => new()
    {
        Version = Header.Version,
        RefcountBits = 1 << Header.RefcountOrder,
        IsZstd = Header.IsZstd,
        HasLazyRefcounts = (Header.Compatible & Qcow2Header.LazyRefcounts) != 0,
        HasExtendedL2 = Header.HasExtendedL2,
        IsDirty = (Header.Incompatible & Qcow2Header.Dirty) != 0,
        IsCorrupt = (Header.Incompatible & Qcow2Header.Corrupt) != 0,
        BackingName = Header.BackingName,
        BackingFormat = Header.BackingFormat,
        DataFileName = Header.DataFileName,
        IsDataFileRaw = (Header.Autoclear & Qcow2Header.RawExternalData) != 0,
    };

    /// <summary>Writes another name of the backing file into the image; the one that is open stays.</summary>
    public void SetBacking(string? name, string? format) => ChangeHeader(() => (Header.BackingName, Header.BackingFormat) = (name, name is null ? null : format));

    /// <summary>Changes what can be changed of an image that exists.</summary>
    public void Amend(int? version, bool? lazyRefcounts)
    {
        if (version == 2 && Header.Version == 3)
        {
            if (Header.RefcountOrder != 4 || Header.HasExtendedL2 || Header.HasDataFile || Header.IsZstd || HasZeroClusters())
                throw new DiskImageException("the image uses what version 2 does not have; convert it to one with compat=0.10 instead");
        }
        ChangeHeader(() =>
        {
            if (version is { } number) Header.Version = number;
            if (lazyRefcounts is not { } lazy) return;
            if (lazy && Header.Version == 2) throw new DiskImageException("lazy_refcounts needs compat=1.1 (version 3) or newer");
            Header.Compatible = lazy ? Header.Compatible | Qcow2Header.LazyRefcounts : Header.Compatible & ~Qcow2Header.LazyRefcounts;
        });
    }

    private void ChangeHeader(Action change)
    {
        using var alone = AloneForWriting();
        Settle();
        _store.End();
        change();
        if (Header.Version == 2) (Header.Incompatible, Header.Compatible, Header.Autoclear) = (0, 0, 0);
        Header.WriteAll(_store.File);
        _store.File.Flush();
        _isWriting = false;
    }

    private bool HasZeroClusters()
    {
        for (var cluster = 0L; cluster << Header.ClusterBits < Length; cluster++)
        {
            if (_store.Map.EmptyRun(cluster) is var empty and > 0) cluster += empty - 1;
            else if (_store.Map.Get(cluster).Zero != 0) return true;
        }
        return false;
    }
}
