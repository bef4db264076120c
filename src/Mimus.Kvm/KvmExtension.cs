namespace Mimus.Kvm;

/// <summary>Something that a kernel's KVM may have or lack.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Name">Its name in the kernel's documentation.</param>
/// <param name="Purpose">What it is good for.</param>
/// <param name="Since">The first version of Linux with it, where Mimus cannot do without; else null.</param>
public sealed record KvmExtension(int Number, string Name, string Purpose, string? Since = null)
{
    public bool IsNeeded => Since is not null;

    /// <summary>MSRs that the kernel does not serve come to the machine.</summary>
    internal const int MsrExits = 188;

    /// <summary>All that Mimus knows.</summary>
    public static IReadOnlyList<KvmExtension> All { get; } =
    [
        new(3, "KVM_CAP_USER_MEMORY", "memory of the machine", "2.6.25"),
        new(4, "KVM_CAP_SET_TSS_ADDR", "real mode on Intel's processors", "2.6.24"),
        new(7, "KVM_CAP_EXT_CPUID", "processor models", "2.6.26"),
        new(21, "KVM_CAP_DESTROY_MEMORY_REGION_WORKS", "memory that moves", "2.6.33"),
        new(22, "KVM_CAP_USER_NMI", "non-maskable interrupts", "2.6.30"),
        new(23, "KVM_CAP_SET_GUEST_DEBUG", "breakpoints and single steps", "2.6.30"),
        new(30, "KVM_CAP_JOIN_MEMORY_REGIONS_WORKS", "memory that moves", "2.6.33"),
        new(41, "KVM_CAP_VCPU_EVENTS", "saving a machine", "2.6.34"),
        new(50, "KVM_CAP_DEBUGREGS", "saving a machine", "2.6.35"),
        new(55, "KVM_CAP_XSAVE", "saving a machine", "2.6.36"),
        new(56, "KVM_CAP_XCRS", "saving a machine", "2.6.36"),
        new(81, "KVM_CAP_READONLY_MEM", "ROM", "3.7"),
        new(136, "KVM_CAP_IMMEDIATE_EXIT", "stopping a processor at once", "4.11"),
        new(0, "KVM_CAP_IRQCHIP", "interrupt controllers in the kernel"),
        new(32, "KVM_CAP_IRQFD", "interrupts by event descriptors"),
        new(33, "KVM_CAP_PIT2", "an interval timer in the kernel"),
        new(36, "KVM_CAP_IOEVENTFD", "notifications by event descriptors"),
        new(60, "KVM_CAP_TSC_CONTROL", "a time-stamp counter of any frequency"),
        new(15, "KVM_CAP_COALESCED_MMIO", "device writes that are collected"),
        new(117, "KVM_CAP_X86_SMM", "system management mode"),
        new(121, "KVM_CAP_SPLIT_IRQCHIP", "local APICs alone in the kernel"),
        new(MsrExits, "KVM_CAP_X86_USER_SPACE_MSR", "model-specific registers of the machine's own"),
        new(189, "KVM_CAP_X86_MSR_FILTER", "filtering of model-specific registers"),
        new(192, "KVM_CAP_DIRTY_LOG_RING", "written pages by a ring"),
    ];
}
