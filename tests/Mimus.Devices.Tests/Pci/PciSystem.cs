using Mimus.Core.Devices;
using Mimus.Core.Memory;
using Mimus.Devices.Interrupts;
using Mimus.Devices.Pci;
using Mimus.Devices.Tests.Support;

namespace Mimus.Devices.Tests.Pci;

/// <summary>A PCI bus with its spaces, four interrupt wires and what arrives as messages.</summary>
internal sealed class PciSystem : IMessageSink, IShadowMemory
{
    public PciSystem()
    {
        Bus = new PciBus(Memory, Ports, new PciInterrupts("pci-interrupts", Wires.Lines, PciInterrupts.Rotate), this);
        Ports.Map(0xcf8, 8, Mechanism1 = new PciConfigurationPorts("pci", Bus, null), widest: 4);
    }

    public AddressSpace Memory { get; } = new();

    public PortSpace Ports { get; } = new();

    public Wires Wires { get; } = new(4);

    public PciBus Bus { get; }

    public PciConfigurationPorts Mechanism1 { get; }

    public Q35HostBridge HostBridge => Bus.Add(new Q35HostBridge("host", this, Memory) { Ecam = new PciEcam("ecam", Bus) }, 0);

    public List<(ulong Address, uint Data)> Messages { get; } = [];

    public List<string> Shadow { get; } = [];

    public void Send(ulong address, uint data) => Messages.Add((address, data));

    public void SetSegment(ulong start, ulong length, bool readsMemory, bool writesMemory) =>
        Shadow.Add($"{start:x} {length:x} {(readsMemory ? "r" : "-")}{(writesMemory ? "w" : "-")}");

    public void SetSystemManagementMemory(bool isEnabled, bool isOpen) => Shadow.Add($"smram {(isEnabled ? "on" : "off")} {(isOpen ? "open" : "closed")}");

    /// <summary>Reads a configuration register through the ports.</summary>
    public uint Read(int slot, int register, int size = 4, int function = 0)
    {
        Ports.Write(0xcf8, 4, Address(slot, function, register));
        return Ports.Read((ushort)(0xcfc + (register & 3)), size);
    }

    public void Write(int slot, int register, uint value, int size = 4, int function = 0)
    {
        Ports.Write(0xcf8, 4, Address(slot, function, register));
        Ports.Write((ushort)(0xcfc + (register & 3)), size, value);
    }

    private static uint Address(int slot, int function, int register) => 0x80000000 | (uint)(slot << 11 | function << 8 | register & 0xfc);
}
