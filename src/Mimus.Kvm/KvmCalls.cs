using Mimus.Kvm.Kernel;

namespace Mimus.Kvm;

/// <summary>The table of all control calls that Mimus makes: number, structure, and what it is for.</summary>
internal static class KvmCalls
{
    // /dev/kvm
    public static readonly KvmCall GetApiVersion = new(0xae00, "KVM_GET_API_VERSION", "ask for the version of the interface");
    public static readonly KvmCall CreateVm = new(0xae01, "KVM_CREATE_VM", "make a virtual machine");
    public static readonly KvmCall CheckExtension = new(0xae03, "KVM_CHECK_EXTENSION", "ask for a capability");
    public static readonly KvmCall GetRunSize = new(0xae04, "KVM_GET_VCPU_MMAP_SIZE", "ask for the size of a processor's shared memory");
    public static readonly KvmCall<CpuidHead> GetSupportedCpuid = KvmCall<CpuidHead>.Exchange(0x05, "KVM_GET_SUPPORTED_CPUID", "ask what processors can have");

    // A machine
    public static readonly KvmCall CreateVcpu = new(0xae41, "KVM_CREATE_VCPU", "make a processor");
    public static readonly KvmCall<DirtyLogRequest> GetDirtyLog = KvmCall<DirtyLogRequest>.Set(0x42, "KVM_GET_DIRTY_LOG", "take the log of written pages");
    public static readonly KvmCall<MemorySlot> SetMemorySlot = KvmCall<MemorySlot>.Set(0x46, "KVM_SET_USER_MEMORY_REGION", "give the machine memory");
    public static readonly KvmCall SetTaskAddress = new(0xae47, "KVM_SET_TSS_ADDR", "set three pages aside for real mode");
    public static readonly KvmCall<Enabling> Enable = KvmCall<Enabling>.Set(0xa3, "KVM_ENABLE_CAP", "switch a capability on");
    public static readonly KvmCall<ulong> SetIdentityMap = KvmCall<ulong>.Set(0x48, "KVM_SET_IDENTITY_MAP_ADDR", "set a page aside for real mode");

    // A processor
    public static readonly KvmCall Run = new(0xae80, "KVM_RUN", "run the processor");
    public static readonly KvmCall<Registers> GetRegisters = KvmCall<Registers>.Get(0x81, "KVM_GET_REGS", "read the general registers");
    public static readonly KvmCall<Registers> SetRegisters = KvmCall<Registers>.Set(0x82, "KVM_SET_REGS", "set the general registers");
    public static readonly KvmCall<SystemRegisters> GetSystemRegisters = KvmCall<SystemRegisters>.Get(0x83, "KVM_GET_SREGS", "read segments and control registers");
    public static readonly KvmCall<SystemRegisters> SetSystemRegisters = KvmCall<SystemRegisters>.Set(0x84, "KVM_SET_SREGS", "set segments and control registers");
    public static readonly KvmCall<uint> Interrupt = KvmCall<uint>.Set(0x86, "KVM_INTERRUPT", "deliver an interrupt");
    public static readonly KvmCall<MsrHead> GetMsrs = KvmCall<MsrHead>.Exchange(0x88, "KVM_GET_MSRS", "read model-specific registers");
    public static readonly KvmCall<MsrHead> SetMsrs = KvmCall<MsrHead>.Set(0x89, "KVM_SET_MSRS", "set model-specific registers");
    public static readonly KvmCall<CpuidHead> SetCpuid = KvmCall<CpuidHead>.Set(0x90, "KVM_SET_CPUID2", "tell what the processor is");
    public static readonly KvmCall<GuestDebug> SetGuestDebug = KvmCall<GuestDebug>.Set(0x9b, "KVM_SET_GUEST_DEBUG", "set breakpoints or step");
    public static readonly KvmCall NonMaskable = new(0xae9a, "KVM_NMI", "deliver a non-maskable interrupt");
    public static readonly KvmCall<VcpuEvents> GetEvents = KvmCall<VcpuEvents>.Get(0x9f, "KVM_GET_VCPU_EVENTS", "read pending exceptions and interrupts");
    public static readonly KvmCall<VcpuEvents> SetEvents = KvmCall<VcpuEvents>.Set(0xa0, "KVM_SET_VCPU_EVENTS", "set pending exceptions and interrupts");
    public static readonly KvmCall<DebugRegisters> GetDebugRegisters = KvmCall<DebugRegisters>.Get(0xa1, "KVM_GET_DEBUGREGS", "read the debug registers");
    public static readonly KvmCall<DebugRegisters> SetDebugRegisters = KvmCall<DebugRegisters>.Set(0xa2, "KVM_SET_DEBUGREGS", "set the debug registers");
    public static readonly KvmCall<XsaveArea> GetXsave = KvmCall<XsaveArea>.Get(0xa4, "KVM_GET_XSAVE", "read floating-point and vector registers");
    public static readonly KvmCall<XsaveArea> SetXsave = KvmCall<XsaveArea>.Set(0xa5, "KVM_SET_XSAVE", "set floating-point and vector registers");
    public static readonly KvmCall<ExtendedControls> GetExtendedControls = KvmCall<ExtendedControls>.Get(0xa6, "KVM_GET_XCRS", "read the extended control register");
    public static readonly KvmCall<ExtendedControls> SetExtendedControls = KvmCall<ExtendedControls>.Set(0xa7, "KVM_SET_XCRS", "set the extended control register");
}
