using Mimus.Core.Backends;

namespace Mimus.Devices.Storage;

/// <summary>What an IDE drive has its disk do, away from the vCPU.</summary>
/// <param name="Drive">Whose job it is.</param>
/// <param name="Disk">On which disk; without one the job fails.</param>
/// <param name="Epoch">The drive's epoch when it began; after a reset, it is nobody's.</param>
/// <param name="Kind">What to do.</param>
/// <param name="Offset">Where on the disk.</param>
/// <param name="Data">What is written, or room for what is read.</param>
internal sealed record IdeJob(IdeDrive Drive, IDisk? Disk, uint Epoch, IdeJobKind Kind, long Offset, Memory<byte> Data)
{
    /// <summary>Does it, and waits for its end. False when the disk cannot.</summary>
    public bool TryExecute()
    {
        if (Disk is null) return false;
        try
        {
            var task = Kind switch
            {
                IdeJobKind.Read => Disk.ReadAsync(Offset, Data),
                IdeJobKind.Write => Disk.WriteAsync(Offset, Data),
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

/// <summary>The kinds of <see cref="IdeJob"/>.</summary>
internal enum IdeJobKind
{
    Read,
    Write,
    Flush,
}
