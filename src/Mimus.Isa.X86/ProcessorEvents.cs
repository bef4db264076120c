namespace Mimus.Isa.X86;

/// <summary>What other threads have for a processor beside interrupts, which it looks at between two instructions.</summary>
[Flags]
internal enum ProcessorEvents
{
    None = 0,
    NonMaskable = 1,
    Init = 2,
    Start = 4,
    AddressGate = 8,
    SystemManagement = 16,
}
