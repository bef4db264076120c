namespace Mimus.Core.Devices;

/// <summary>
/// The controller behind a processor's interrupt pin, where the processor learns the interrupt's number by acknowledging it.
/// </summary>
public interface IInterruptAcknowledge
{
    /// <summary>
    /// The processor takes the interrupt: its vector. There is always one; when the request has gone meanwhile, it is that of the
    /// controller's spurious interrupt.
    /// </summary>
    byte Acknowledge();
}
