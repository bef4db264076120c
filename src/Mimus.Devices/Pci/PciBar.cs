namespace Mimus.Devices.Pci;

/// <summary>A base address register of a PCI function (PCI Local Bus 3.0, 6.2.5.1): a window of registers that the guest places.</summary>
/// <param name="Index">Its number, 0 to 5; a 64-bit one takes the next as well.</param>
/// <param name="Kind">In which space the window is.</param>
/// <param name="Length">How long it is: a power of two.</param>
public sealed record PciBar(int Index, PciBarKind Kind, ulong Length);
