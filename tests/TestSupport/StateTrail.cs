using System.Globalization;
using System.Security.Cryptography;
using Mimus.Boards;

namespace Mimus.TestSupport;

/// <summary>What a machine of counted time was like on its way: a digest of its whole state after so many instructions, and at its end.</summary>
public static class StateTrail
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    /// <summary>Runs a guest to its end, or to the last stop when it is not to come to its end.</summary>
    public static IReadOnlyList<string> Of(MachineConfiguration configuration, VmOptions options, bool toEnd, params ReadOnlySpan<ulong> stops)
    {
        var console = new RecordingConsole();
        using var vm = Vm.Create(configuration with { SerialLines = [console] }, BoardCatalog.RiscV, options);
        var trail = new List<string>();
        foreach (var stop in stops)
        {
            RunTo(vm, stop);
            trail.Add(Entry(vm));
        }
        if (!toEnd) return trail;
        vm.Resume();
        trail.Add(EntryAtEnd(vm, console));
        return trail;
    }

    /// <summary>Waits until the guest has switched its machine off; an entry with all that it wrote.</summary>
    public static string EntryAtEnd(Vm vm, RecordingConsole console) => vm.Ended.Wait(s_patience)
        ? $"{Entry(vm)}, status {vm.Ended.Result}\n{console.Output}"
        : throw new TimeoutException($"the guest did not end; it wrote {console.Output}");

    /// <summary>Runs until so many instructions have been executed.</summary>
    public static void RunTo(Vm vm, ulong instructions)
    {
        using var rested = new ManualResetEventSlim();
        void Note(VmStop stop) => rested.Set();
        vm.VcpuStopped += Note;
        vm.StopAt(instructions);
        vm.Resume();
        if (!rested.Wait(s_patience)) throw new TimeoutException($"the machine executed {vm.Instructions} instructions and did not come to {instructions}");
        vm.Pause();
        vm.VcpuStopped -= Note;
    }

    /// <summary>How many instructions the machine has executed, and a digest of all that it is.</summary>
    public static string Entry(Vm vm)
    {
        using var state = new MemoryStream();
        vm.Save(state);
        return string.Create(CultureInfo.InvariantCulture, $"{vm.Instructions}: {Convert.ToHexString(SHA256.HashData(state.ToArray()))[..16]}");
    }
}
