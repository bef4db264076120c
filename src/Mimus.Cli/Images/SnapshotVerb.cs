using System.Globalization;
using System.Text;
using Mimus.Boards;
using Mimus.Storage.Qcow2;

namespace Mimus.Cli.Images;

/// <summary>Lists, makes, applies and deletes snapshots in an image.</summary>
internal static class SnapshotVerb
{
    public static int Run(ReadOnlySpan<string> words)
    {
        var arguments = new ImageArguments("snapshot", words, "f: l a: c: d: q U follow");
        arguments.RequireOperands(1, 1, "a file");
        var (apply, create, delete) = (arguments.Get("a"), arguments.Get("c"), arguments.Get("d"));
        if (new[] { apply, create, delete }.Count(n => n is not null) + (arguments.Has("l") ? 1 : 0) > 1) throw new ConfigurationException("snapshot: one of -l, -a, -c and -d at a time");
        var lists = apply is null && create is null && delete is null;
        using var disk = ImageSource.OpenQcow2(arguments, arguments.Operands[0], readOnly: lists, alone: true);
        if (create is not null)
        {
            var now = TimeProvider.System.GetUtcNow();
            disk.CreateSnapshot(create, (uint)now.ToUnixTimeSeconds(), (uint)(now.Ticks % TimeSpan.TicksPerSecond * 100));
        }
        else if (apply is not null) disk.ApplySnapshot(ImageSource.Snapshot(disk, apply));
        else if (delete is not null) disk.DeleteSnapshot(ImageSource.Snapshot(disk, delete));
        else if (disk.Snapshots.Count > 0) HostOutput.Write("Snapshot list:\n" + Table(disk.Snapshots));
        return 0;
    }

    public static string Table(IReadOnlyList<Qcow2Snapshot> snapshots)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{"ID",-7} {"TAG",-16} {"VM_SIZE",8} {"DATE",19} {"VM_CLOCK",15} {"ICOUNT",10}\n");
        foreach (var snapshot in snapshots)
        {
            var date = DateTimeOffset.FromUnixTimeSeconds(snapshot.Seconds).ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
            var clock = TimeSpan.FromTicks((long)(snapshot.ClockNanoseconds / 100));
            var time = $"{(long)clock.TotalHours:0000}:{clock.Minutes:00}:{clock.Seconds:00}.{clock.Milliseconds:000}";
            var count = snapshot.InstructionCount == ulong.MaxValue ? "--" : snapshot.InstructionCount.ToString(CultureInfo.InvariantCulture);
            text.Append(CultureInfo.InvariantCulture, $"{snapshot.Id,-7} {snapshot.Name,-16} {InfoVerb.HumanSize((long)snapshot.StateSize),8} {date,19} {time,15} {count,10}\n");
        }
        return text.ToString();
    }
}
