using System.Security.Cryptography;
using Mimus.Boards;
using Mimus.Core.State;

namespace Mimus.Snapshots;

/// <summary>Saves and restores whole machines.</summary>
internal static class SnapshotFile
{
    /// <summary>Saves a machine that rests.</summary>
    public static void Save(Machine machine, Stream destination) => Write(machine, MachineImage.Take(machine), new GuestPages(), destination);

    /// <summary>Writes the file of a machine from its image and pages, which are of the same moment.</summary>
    public static void Write(Machine machine, MachineImage image, IPageSource pages, Stream destination)
    {
        using var hash = SHA256.Create();
        using (var hashed = new CryptoStream(destination, hash, CryptoStreamMode.Write, leaveOpen: true))
        using (var buffered = new BufferedStream(hashed, 1 << 16))
        {
            buffered.Write(SnapshotFormat.Magic);
            buffered.WriteNumber(SnapshotFormat.Version);
            buffered.WriteText(machine.Board);
            buffered.WriteNumber((ulong)machine.Cpus.Count);
            image.WriteTo(buffered, pages);
        }
        destination.Write(hash.Hash);
        destination.Flush();
    }

    /// <summary>Restores a machine; when that fails the machine is as it was and the <see cref="StateException"/> says why.</summary>
    public static void Load(Machine machine, Stream source)
    {
        CheckSum(source);
        source.Position = 0;
        if (!source.ReadExact(SnapshotFormat.Magic.Length).AsSpan().SequenceEqual(SnapshotFormat.Magic)) throw new StateException("this is not a snapshot of Mimus");
        var version = source.ReadNumber();
        if (version != SnapshotFormat.Version) throw new StateException($"the snapshot has format version {version}, and this program reads version {SnapshotFormat.Version}");
        var board = source.ReadText();
        var cpus = source.ReadNumber();
        if (board != machine.Board || cpus != (ulong)machine.Cpus.Count)
            throw new StateException($"the snapshot is of a machine '{board}' with {cpus} processors, and this is '{machine.Board}' with {machine.Cpus.Count}; start it with the same options");

        var reader = new SnapshotReader(SnapshotNode.Read(source), source);
        var before = MachineImage.Take(machine);
        try
        {
            machine.State(reader);
            reader.CheckMemory();
        }
        catch (StateException)
        {
            var records = before.WithoutMemory();
            machine.State(new SnapshotReader(SnapshotNode.Read(records), records, withMemory: false));
            throw;
        }
        reader.RestoreMemory();
    }

    private static void CheckSum(Stream source)
    {
        var length = source.Length - SnapshotFormat.ChecksumSize;
        if (length < SnapshotFormat.Magic.Length) throw StreamExtensions.CutShort();
        source.Position = 0;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        for (var left = length; left > 0;)
        {
            var count = source.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (count == 0) throw StreamExtensions.CutShort();
            hash.AppendData(buffer, 0, count);
            left -= count;
        }
        var stored = new byte[SnapshotFormat.ChecksumSize];
        source.ReadExactly(stored);
        if (!hash.GetHashAndReset().AsSpan().SequenceEqual(stored)) throw new StateException("the snapshot is damaged: its checksum does not match");
    }
}
