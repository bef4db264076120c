namespace Mimus.Devices.Pci;

/// <summary>Where a base address register has been placed.</summary>
internal readonly record struct PciWindow(PciFunction Function, int Bar, bool IsPort, ulong Start, ulong Length);
