namespace Mimus.Devices.Pci;

/// <summary>The space of a window and how wide its address is (PCI Local Bus 3.0, 6.2.5.1).</summary>
public enum PciBarKind
{
    Port,
    Memory32,
    Memory64,
    PrefetchableMemory32,
    PrefetchableMemory64,
}
