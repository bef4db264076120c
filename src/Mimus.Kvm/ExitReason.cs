namespace Mimus.Kvm;

/// <summary>Why the kernel returned from running a processor: <c>KVM_EXIT_</c> numbers.</summary>
internal enum ExitReason
{
    Unknown = 0,
    Exception = 1,
    Io = 2,
    Hypercall = 3,
    Debug = 4,
    Halt = 5,
    Mmio = 6,
    InterruptWindow = 7,
    Shutdown = 8,
    FailedEntry = 9,
    Interrupted = 10,
    SetPriority = 11,
    InternalError = 17,
    SystemEvent = 24,
    MsrRead = 29,
    MsrWrite = 30,
}
