using System.Runtime.InteropServices;

namespace Mimus.Kvm.Kernel;

// The structures of the kernel's interface (Documentation/virt/kvm/api.rst), with this project's names.

/// <summary><c>kvm_msrs</c> without its entries.</summary>
internal struct MsrHead
{
    public uint Count, Padding;
}

/// <summary><c>kvm_msr_entry</c>.</summary>
internal struct MsrEntry
{
    public uint Number, Padding;
    public ulong Value;
}

/// <summary><c>kvm_enable_cap</c>.</summary>
internal unsafe struct Enabling
{
    public uint Extension, Flags;
    public fixed ulong Arguments[4];
    private fixed byte _padding[64];
}

/// <summary><c>kvm_cpuid2</c> without its entries.</summary>
internal struct CpuidHead
{
    public uint Count, Padding;
}

/// <summary><c>kvm_cpuid_entry2</c>.</summary>
internal unsafe struct CpuidEntry
{
    /// <summary>The leaf has parts.</summary>
    public const uint HasParts = 1;

    public uint Leaf, Part, Flags, A, B, C, D;
    private fixed uint _padding[3];
}

/// <summary><c>kvm_userspace_memory_region</c>.</summary>
internal struct MemorySlot
{
    public const uint LogsWrites = 1, IsReadOnly = 2;

    public uint Slot, Flags;
    public ulong Address, Length, Host;
}

/// <summary><c>kvm_dirty_log</c>.</summary>
internal unsafe struct DirtyLogRequest
{
    public uint Slot, Padding;
    public ulong* Bitmap;
}

/// <summary><c>kvm_regs</c>.</summary>
internal unsafe struct Registers
{
    /// <summary>rax, rbx, rcx, rdx, rsi, rdi, rsp, rbp, r8 to r15.</summary>
    public fixed ulong General[16];
    public ulong Rip, Flags;
}

/// <summary><c>kvm_segment</c>.</summary>
internal struct Segment
{
    public ulong Base;
    public uint Limit;
    public ushort Selector;
    public byte Type, Present, Privilege, Big, NotSystem, Long, Granular, Available, Unusable, Padding;
}

/// <summary><c>kvm_dtable</c>.</summary>
internal unsafe struct DescriptorTable
{
    public ulong Base;
    public ushort Limit;
    private fixed ushort _padding[3];
}

/// <summary><c>kvm_sregs</c>.</summary>
internal unsafe struct SystemRegisters
{
    public Segment Cs, Ds, Es, Fs, Gs, Ss, Task, Ldt;
    public DescriptorTable Gdt, Idt;
    public ulong Cr0, Cr2, Cr3, Cr4, Cr8, Efer, ApicBase;

    /// <summary>An interrupt that was given to the processor and is not delivered.</summary>
    public fixed ulong Interrupts[4];
}

/// <summary><c>kvm_guest_debug</c>.</summary>
internal unsafe struct GuestDebug
{
    public const uint IsOn = 1, Steps = 2, UsesRegisters = 0x20000, HoldsInterrupts = 0x100000;

    public uint Control, Padding;
    public fixed ulong Registers[8];
}

/// <summary><c>kvm_vcpu_events</c>.</summary>
internal unsafe struct VcpuEvents
{
    public const uint HasNmiPending = 1, HasShadow = 4;

    public byte ExceptionInjected, ExceptionNumber, ExceptionHasError, ExceptionPending;
    public uint ExceptionError;
    public byte InterruptInjected, InterruptNumber, InterruptIsSoft, InterruptShadow;
    public byte NmiInjected, NmiPending, NmiMasked, NmiPadding;
    public uint StartPage, Flags;
    private fixed byte _rest[40];
}

/// <summary><c>kvm_debugregs</c>.</summary>
internal unsafe struct DebugRegisters
{
    public fixed ulong Addresses[4];
    public ulong Dr6, Dr7, Flags;
    private fixed ulong _reserved[9];
}

/// <summary><c>kvm_xsave</c>: the image that XSAVE writes (SDM volume 1, 13.4).</summary>
internal unsafe struct XsaveArea
{
    public fixed ulong Words[512];
}

/// <summary><c>kvm_xcrs</c>: each with its number, reserved bits and value.</summary>
internal unsafe struct ExtendedControls
{
    public uint Count, Flags;
    public fixed ulong Entries[32];
    private fixed ulong _padding[16];
}

/// <summary><c>kvm_run</c>: what a processor and who runs it tell each other. The members from 32 on depend on the reason.</summary>
[StructLayout(LayoutKind.Explicit)]
internal struct RunArea
{
    [FieldOffset(0)] public byte WantsInterruptWindow;
    [FieldOffset(1)] public byte ImmediateExit;
    [FieldOffset(8)] public uint Reason;
    [FieldOffset(12)] public byte TakesInterrupt;
    [FieldOffset(13)] public byte InterruptFlag;
    [FieldOffset(16)] public ulong Cr8;
    [FieldOffset(24)] public ulong ApicBase;

    [FieldOffset(32)] public byte PortIsWrite;
    [FieldOffset(33)] public byte PortSize;
    [FieldOffset(34)] public ushort Port;
    [FieldOffset(36)] public uint PortCount;
    [FieldOffset(40)] public ulong PortDataOffset;

    [FieldOffset(32)] public ulong Address;
    [FieldOffset(40)] public ulong Data;
    [FieldOffset(48)] public uint Length;
    [FieldOffset(52)] public byte IsWrite;

    [FieldOffset(32)] public ulong HardwareReason;

    [FieldOffset(32)] public uint ErrorKind;

    [FieldOffset(32)] public uint EventKind;

    [FieldOffset(32)] public byte MsrFault;
    [FieldOffset(40)] public uint MsrReason;
    [FieldOffset(44)] public uint MsrNumber;
    [FieldOffset(48)] public ulong MsrValue;

    [FieldOffset(48)] public ulong DebugStatus;
}
