using Mimus.Isa.X86;
using Mimus.Kvm.Kernel;

namespace Mimus.Kvm;

/// <summary>Tells the kernel what a processor is: all pages of CPUID that it shows.</summary>
internal static unsafe class CpuidTable
{
    private const uint FirstExtended = 0x80000000;

    /// <summary>Leaves whose answer depends on the part that is asked for, and how many parts they have at most.</summary>
    private static readonly (uint Leaf, uint Parts)[] s_withParts = [(4, 4), (7, 1), (0x0b, 3), (0x0d, 3)];

    /// <summary>Before EFER and CR4 are set: the kernel checks them against this.</summary>
    public static void Tell(KvmFile vcpu, X86Cpu cpu)
    {
        var entries = new List<CpuidEntry>();
        AddLeaves(entries, cpu, 0);
        AddLeaves(entries, cpu, FirstExtended);
        var buffer = new byte[sizeof(CpuidHead) + (entries.Count * sizeof(CpuidEntry))];
        fixed (byte* memory = buffer) // safe: as long as the head and the entries that it counts
        {
            var head = (CpuidHead*)memory;
            head->Count = (uint)entries.Count;
            for (var i = 0; i < entries.Count; i++) ((CpuidEntry*)(head + 1))[i] = entries[i];
            vcpu.Call(KvmCalls.SetCpuid, head);
        }
    }

    private static void AddLeaves(List<CpuidEntry> entries, X86Cpu cpu, uint first)
    {
        var last = Math.Max(first, cpu.Identify(first, 0).A);
        for (var leaf = first; leaf <= last; leaf++)
        {
            var parts = Array.Find(s_withParts, row => row.Leaf == leaf).Parts;
            for (uint part = 0; part < Math.Max(1, parts); part++)
            {
                var (a, b, c, d) = cpu.Identify(leaf, part);
                entries.Add(new CpuidEntry { Leaf = leaf, Part = part, Flags = parts > 0 ? CpuidEntry.HasParts : 0, A = a, B = b, C = c, D = d });
            }
        }
    }
}
