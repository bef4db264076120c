namespace Mimus.Devices.Interrupts;

/// <summary>
/// What a local APIC does to its processor beside its interrupt line. Any thread may call; the processor takes note and acts
/// before its next instruction.
/// </summary>
public interface IProcessorEvents
{
    void NonMaskableInterrupt();

    void SystemManagementInterrupt();

    /// <summary>INIT: the processor resets and, when it is not the first one, waits for <see cref="StartUp"/>.</summary>
    void Init();

    /// <summary>The start-up message: a processor that waits for it begins at <paramref name="page"/> * 4096.</summary>
    void StartUp(byte page);
}
