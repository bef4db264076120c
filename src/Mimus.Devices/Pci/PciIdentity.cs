namespace Mimus.Devices.Pci;

/// <summary>What a PCI function says that it is (PCI Local Bus 3.0, 6.2.1 and 6.2.4).</summary>
/// <param name="Vendor">Who made it.</param>
/// <param name="Device">What of the vendor's.</param>
/// <param name="ClassCode">Class, subclass and programming interface.</param>
/// <param name="Revision">Which edition.</param>
/// <param name="SubsystemVendor">Who made the board around it.</param>
/// <param name="Subsystem">Which board.</param>
public readonly record struct PciIdentity(ushort Vendor, ushort Device, uint ClassCode, byte Revision, ushort SubsystemVendor,
    ushort Subsystem);
