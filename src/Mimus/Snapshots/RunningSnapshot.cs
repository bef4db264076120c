using Mimus.Boards;
using Mimus.Core.Memory;

namespace Mimus.Snapshots;

/// <summary>
/// Saves a machine whose guest goes on meanwhile: memory is copied in rounds, in each what was written during the one before, and
/// the machine rests only for what is left and for the state of processors and devices. The file is written afterwards.
/// </summary>
internal sealed class RunningSnapshot(Machine machine, PageCopies copies)
{
    /// <summary>So few pages are copied in about a millisecond: another round would not make the rest shorter.</summary>
    private const int FewPages = 512;

    private const int MaximumRounds = 12;

    /// <param name="machine">The machine, which may run.</param>
    /// <param name="whileResting">Brings it to rest, does something, and lets it go on.</param>
    /// <param name="destination">Where the file goes; the copies are kept beside it when it has a place.</param>
    public static void Save(Machine machine, Action<Action> whileResting, Stream destination)
    {
        using var copies = new PageCopies(machine.Memory.Blocks, DirectoryOf(destination));
        var image = new RunningSnapshot(machine, copies).Take(whileResting);
        SnapshotFile.Write(machine, image, copies, destination);
    }

    private static string DirectoryOf(Stream destination) =>
        destination is FileStream { Name: var name } && Path.GetDirectoryName(name) is { Length: > 0 } directory ? directory : Path.GetTempPath();

    private MachineImage Take(Action<Action> whileResting)
    {
        var log = machine.Memory.Dirty;
        log.Start();
        try
        {
            CopyAll();
            var last = int.MaxValue;
            for (var round = 0; round < MaximumRounds; round++)
            {
                var count = CopyWritten();
                // What no longer shrinks is written faster than it can be copied.
                if (count <= FewPages || count >= last) break;
                last = count;
            }
            MachineImage? image = null;
            whileResting(() =>
            {
                CopyWritten();
                image = MachineImage.Take(machine);
            });
            return image!;
        }
        finally
        {
            log.Stop();
        }
    }

    private void CopyAll()
    {
        foreach (var block in machine.Memory.Blocks)
        {
            var count = SnapshotFormat.PageCount(block);
            for (var page = 0; page < count; page++) copies.Copy(block, page);
        }
    }

    /// <summary>Copies what was written since the last time; the result is how many pages it was.</summary>
    private int CopyWritten()
    {
        var count = 0;
        foreach (var set in machine.Memory.Dirty.Collect())
        {
            foreach (var page in set.Pages) copies.Copy(set.Block, page);
            count += set.Count;
        }
        return count;
    }
}
