using Mimus.Core.Backends;

namespace Mimus.Devices.Storage;

/// <summary>What an old controller has a disk do, away from the vCPU.</summary>
/// <param name="Disk">On which disk; without one it fails.</param>
/// <param name="Kind">What to do.</param>
/// <param name="Offset">Where on the disk.</param>
/// <param name="Data">What is written, or room for what is read.</param>
internal sealed record DiskTransfer(IDisk? Disk, DiskTransferKind Kind, long Offset, Memory<byte> Data)
{
    /// <summary>Does it, and waits for its end. False when the disk cannot.</summary>
    public bool TryExecute()
    {
        if (Disk is null) return false;
        try
        {
            var task = Kind switch
            {
                DiskTransferKind.Read => Disk.ReadAsync(Offset, Data),
                DiskTransferKind.Write => Disk.WriteAsync(Offset, Data),
                _ => Disk.FlushAsync(),
            };
            if (task.IsCompleted) task.GetAwaiter().GetResult();
            else task.AsTask().GetAwaiter().GetResult();
            return true;
        }
#pragma warning disable CA1031 // whatever a disk throws, the guest gets an answer, or it would wait for ever
        catch (Exception)
        {
            return false;
        }
#pragma warning restore CA1031
    }
}

/// <summary>The kinds of <see cref="DiskTransfer"/>.</summary>
internal enum DiskTransferKind
{
    Read,
    Write,
    Flush,
}
