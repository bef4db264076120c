using Mimus.Core.Devices;
using Mimus.Core.Memory;

namespace Mimus.Isa.X86;

/// <summary>
/// What is behind a processor's interrupt line: a local APIC. The line is high while there is an interrupt that may be delivered at the processor's
/// present priority. Called on the processor's thread.
/// </summary>
public interface IInterruptController : IInterruptAcknowledge
{
    /// <summary>The model-specific register with the controller's address and its switch: IA32_APIC_BASE.</summary>
    const uint BaseRegister = 0x1b;

    /// <summary>The priority class that interrupts must be above, as CR8 shows it.</summary>
    byte PriorityClass { get; set; }

    /// <summary>Reads a model-specific register that is the controller's; false for a general protection fault.</summary>
    bool TryReadRegister(uint number, out ulong value);

    /// <summary>Writes a model-specific register that is the controller's; false for a general protection fault.</summary>
    bool TryWriteRegister(uint number, ulong value);

    /// <summary>
    /// What this processor alone sees at a physical address: its controller's registers, and in system management mode the memory of that mode.
    /// Null where it sees what all see.
    /// </summary>
    IoRegion? FindRegion(ulong address, bool isInManagement);
}
