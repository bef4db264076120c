using Mimus.Isa.X86;
using Mimus.Kvm.Kernel;

namespace Mimus.Kvm;

/// <summary>The features that this host's KVM can give to processors (KVM_GET_SUPPORTED_CPUID).</summary>
internal sealed unsafe class SupportedCpuid
{
    private const int Capacity = 512;

    private SupportedCpuid(FeatureSet features) => Features = features;

    public FeatureSet Features { get; }

    public static SupportedCpuid Read(KvmFile device)
    {
        // The local APICs are the machine's own. Their MSRs come to them if the kernel hands over those that it does not serve, but it always serves the deadline.
        var hasMsrExits = device.Try(KvmCalls.CheckExtension, KvmExtension.MsrExits) > 0;
        var notOurs = hasMsrExits ? new FeatureSet(X86Feature.TscDeadline) : new FeatureSet(X86Feature.TscDeadline, X86Feature.X2Apic);
        var buffer = new ulong[1 + (Capacity * sizeof(CpuidEntry) / sizeof(ulong))];
        fixed (ulong* memory = buffer) // safe: the kernel writes no more entries than the head says there is room for
        {
            var head = (CpuidHead*)memory;
            head->Count = Capacity;
            device.Call(KvmCalls.GetSupportedCpuid, head);
            var entries = new ReadOnlySpan<CpuidEntry>(head + 1, (int)Math.Min(head->Count, Capacity));
            var (basic, structured, state, extended) = (Find(entries, 1, 0), Find(entries, 7, 0), Find(entries, 0x0d, 1), Find(entries, 0x80000001, 0));
            var features = FeatureSet.OfWords([basic.D, basic.C, structured.B, structured.C, extended.D, extended.C, state.A]);
            // Not named by every kernel: the hypervisor bit is ours to set, and the APIC is one of the machine's own.
            return new SupportedCpuid(features.With(X86Feature.Hypervisor, X86Feature.Apic).Except(notOurs));
        }
    }

    private static CpuidEntry Find(ReadOnlySpan<CpuidEntry> entries, uint leaf, uint part)
    {
        foreach (ref readonly var entry in entries)
        {
            if (entry.Leaf == leaf && entry.Part == part) return entry;
        }
        return default;
    }
}
