namespace Mimus.Devices.Pci;

/// <summary>
/// The memory of a PC below 1 MiB that its host bridge can hide behind the ROMs and the screen. Called with the bridge's lock held; it
/// calls nothing of the bridge.
/// </summary>
public interface IShadowMemory
{
    /// <summary>
    /// Whether accesses to a range between C0000h and FFFFFh reach memory; where they do not, they go to the bus, where ROMs are.
    /// </summary>
    void SetSegment(ulong start, ulong length, bool readsMemory, bool writesMemory);

    /// <summary>Whether A0000h to BFFFFh are memory: for system management mode, and for everything while it is open.</summary>
    void SetSystemManagementMemory(bool isEnabled, bool isOpen);
}
