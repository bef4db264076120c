using Mimus.Core.Devices;
using Mimus.Core.Memory;
using Mimus.Devices.Interrupts;
using Mimus.Isa.X86;

namespace Mimus.Boards.Pc;

/// <summary>What a local APIC and the chip set do to a processor, and what that asks them for.</summary>
internal sealed class ProcessorLines(X86Cpu cpu) : IProcessorEvents, IInterruptController, IIrqSink
{
    /// <summary>Inputs of <see cref="SetLine"/>: the A20 gate, the 8259s' interrupt, and the chip set's system management interrupt.</summary>
    public const int A20Input = 0, ExternalInput = 1, ManagementInput = 2;

    private IoRegion? _registers;

    /// <summary>The processor's local APIC, which is made after this.</summary>
    public LocalApic Apic { get; set; } = null!;

    /// <summary>The machine's memory, which is made after this; null where no memory is for system management mode alone.</summary>
    public PcMemory? Memory { get; set; }

    public byte PriorityClass
    {
        get => Apic.PriorityClass;
        set => Apic.PriorityClass = value;
    }

    public byte Acknowledge() => Apic.Acknowledge();

    public void NonMaskableInterrupt() => cpu.SetLine(X86Cpu.NonMaskableInput, true);

    public void SystemManagementInterrupt() => cpu.RequestManagement();

    public void Init() => cpu.Init();

    public void StartUp(byte page) => cpu.Start(page);

    public bool TryReadRegister(uint number, out ulong value) => Apic.TryReadMsr(number, out value);

    public bool TryWriteRegister(uint number, ulong value) => Apic.TryWriteMsr(number, value);

    public IoRegion? FindRegion(ulong address, bool isInManagement)
    {
        if (Apic.Window is not { } start || address - start >= LocalApic.Size) return Memory?.FindManagement(address, isInManagement);
        if (_registers?.Range.Start != start) _registers = new AddressSpace().Map(new AddressRange(start, LocalApic.Size), Apic, widest: sizeof(uint));
        return _registers;
    }

    public void SetLine(int input, bool high)
    {
        switch (input)
        {
            case A20Input:
                cpu.SetA20(high);
                break;
            case ExternalInput:
                Apic.SetLine(LocalApic.Lint0, high);
                break;
            case ManagementInput when high:
                cpu.RequestManagement();
                break;
        }
    }
}
