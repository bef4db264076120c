using Mimus.Core.Devices;
using Mimus.Devices.Interrupts;
using Mimus.Isa.X86;

namespace Mimus.Boards.Pc;

/// <summary>What a local APIC and the chip set do to a processor, and what that asks them for.</summary>
internal sealed class ProcessorLines(X86Cpu cpu, IMachineControl control) : IProcessorEvents, IInterruptController, IIrqSink
{
    /// <summary>Inputs of <see cref="SetLine"/>: the A20 gate, and the 8259s' interrupt.</summary>
    public const int A20Input = 0, ExternalInput = 1;

    /// <summary>The processor's local APIC, which is made after this.</summary>
    public LocalApic Apic { get; set; } = null!;

    public byte PriorityClass
    {
        get => Apic.PriorityClass;
        set => Apic.PriorityClass = value;
    }

    public byte Acknowledge() => Apic.Acknowledge();

    public void NonMaskableInterrupt() => cpu.SetLine(X86Cpu.NonMaskableInput, true);

    public void SystemManagementInterrupt()
    {
    }

    /// <summary>The first processor has nobody to start it again, so all begins anew.</summary>
    public void Init() => control.RequestReset();

    public void StartUp(byte page)
    {
    }

    public void SetLine(int input, bool high)
    {
        if (input == A20Input) cpu.SetA20(high);
        else Apic.SetLine(LocalApic.Lint0, high);
    }
}
