using System.Buffers.Binary;
using Mimus.Boards.Pc.Models;
using Mimus.Core.Memory;
using Mimus.Devices.Interrupts;
using Mimus.Devices.Pci;

namespace Mimus.Boards.Pc;

/// <summary>
/// What firmware writes before a system starts: to the chip set, so that there is memory in the place of ROMs, interrupts for the wires of the
/// PCI bus, and ports of power management; and to the first processor's APIC, which passes the 8259s' interrupts on (MultiProcessor
/// Specification 1.4, 3.6.2.2, virtual wire mode).
/// </summary>
internal static class ChipSetSetup
{
    private const int InterruptLine = 0x3c;
    private const int TriggerPort = 0x4d0;

    // The local APIC (SDM volume 3, 12.4 and 12.5)
    private const ulong SpuriousVector = 0x0f0, LocalInterrupt0 = 0x350, LocalInterrupt1 = 0x360;
    private const uint SoftwareEnabled = 0x1ff, External = 0x700, NonMaskable = 0x400;

    public static void Apply(PcModel model, PciBus bus, PortSpace ports)
    {
        model.SetUp(bus);
        var levels = 0;
        foreach (var irq in PcLayout.PciIrqs) levels |= 1 << irq;
        ports.Write(TriggerPort, 1, (uint)levels & byte.MaxValue);
        ports.Write(TriggerPort + 1, 1, (uint)levels >> 8);
        for (var slot = 1; slot < PciBus.Slots; slot++)
        {
            if (slot != model.BridgeSlot) bus.Find(slot, 0)?.WriteConfiguration(InterruptLine, [(byte)model.Irq(slot, 0)]);
        }
    }

    public static void Apply(LocalApic apic)
    {
        Set(apic, SpuriousVector, SoftwareEnabled);
        Set(apic, LocalInterrupt0, External);
        Set(apic, LocalInterrupt1, NonMaskable);
    }

    private static void Set(LocalApic apic, ulong register, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        apic.Write(register, bytes);
    }
}
