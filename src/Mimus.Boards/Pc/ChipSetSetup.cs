using System.Buffers.Binary;
using Mimus.Core.Memory;
using Mimus.Devices.Interrupts;
using Mimus.Devices.Pci;

namespace Mimus.Boards.Pc;

/// <summary>
/// What firmware writes to the chip set before a system starts (82441FX data sheet, 3.2.12; 82371SB data sheet, 2.2.6; 82371AB data sheet,
/// 7.1): memory in the place of ROMs, interrupts for the wires of the PCI bus, the ports of power management; and to the first processor's
/// APIC, which passes the 8259s' interrupts on (MultiProcessor Specification 1.4, 3.6.2.2, virtual wire mode).
/// </summary>
internal static class ChipSetSetup
{
    private const int FirstShadow = 0x59, Shadows = 7;
    private const byte ReadAndWrite = 0x33;
    private const int FirstWire = 0x60, InterruptLine = 0x3c;
    private const int PowerBase = 0x40, PowerMiscellaneous = 0x80, PowerFunction = 3;
    private const byte PowerPortsEnabled = 1;
    private const int TriggerPort = 0x4d0;

    // The local APIC (SDM volume 3, 12.4 and 12.5)
    private const ulong SpuriousVector = 0x0f0, LocalInterrupt0 = 0x350, LocalInterrupt1 = 0x360;
    private const uint SoftwareEnabled = 0x1ff, External = 0x700, NonMaskable = 0x400;

    public static void Apply(PciBus bus, PortSpace ports, LocalApic apic)
    {
        SetApic(apic, SpuriousVector, SoftwareEnabled);
        SetApic(apic, LocalInterrupt0, External);
        SetApic(apic, LocalInterrupt1, NonMaskable);

        var host = bus.Find(0, 0)!;
        for (var i = 0; i < Shadows; i++) host.WriteConfiguration((ulong)(FirstShadow + i), [ReadAndWrite]);

        var bridge = bus.Find(PcLayout.ChipSetSlot, 0)!;
        var levels = 0;
        for (var wire = 0; wire < PcLayout.PciIrqs.Length; wire++)
        {
            bridge.WriteConfiguration((ulong)(FirstWire + wire), [(byte)PcLayout.PciIrqs[wire]]);
            levels |= 1 << PcLayout.PciIrqs[wire];
        }
        ports.Write(TriggerPort, 1, (uint)levels & byte.MaxValue);
        ports.Write(TriggerPort + 1, 1, (uint)levels >> 8);
        for (var slot = PcLayout.ChipSetSlot + 1; slot < PciBus.Slots; slot++) bus.Find(slot, 0)?.WriteConfiguration(InterruptLine, [(byte)PcLayout.PciIrqs[PcLayout.PciWire(slot, 0)]]);

        var power = bus.Find(PcLayout.ChipSetSlot, PowerFunction)!;
        Span<byte> address = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(address, PcLayout.PowerBase);
        power.WriteConfiguration(PowerBase, address);
        power.WriteConfiguration(PowerMiscellaneous, [PowerPortsEnabled]);
    }

    private static void SetApic(LocalApic apic, ulong register, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        apic.Write(register, bytes);
    }
}
