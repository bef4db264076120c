using Mimus.Core.Devices;

namespace Mimus.Isa.X86;

/// <summary>
/// What is behind a processor's interrupt line: a local APIC. The line is high while there is an interrupt that may be delivered at the processor's
/// present priority. Called on the processor's thread.
/// </summary>
public interface IInterruptController : IInterruptAcknowledge
{
    /// <summary>The priority class that interrupts must be above, as CR8 shows it.</summary>
    byte PriorityClass { get; set; }
}
