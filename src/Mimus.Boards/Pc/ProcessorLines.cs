using Mimus.Core.Devices;
using Mimus.Devices.Interrupts;
using Mimus.Isa.X86;

namespace Mimus.Boards.Pc;

/// <summary>What a local APIC and the chip set do to a processor, and what that asks them for.</summary>
internal sealed class ProcessorLines(X86Cpu cpu, IMachineControl control) : IProcessorEvents, IInterruptController, IIrqSink
{
    /// <summary>The processor's local APIC, which is made after this.</summary>
    public LocalApic? Apic { get; set; }

    /// <summary>The processor's interrupt line says it.</summary>
    public bool IsPending => false;

    public byte TaskPriority
    {
        get => Apic?.PriorityClass ?? 0;
        set
        {
            if (Apic is { } apic) apic.PriorityClass = value;
        }
    }

    public int Acknowledge() => Apic?.Acknowledge() ?? -1;

    public void NonMaskableInterrupt() => cpu.SetLine(X86Cpu.NonMaskableInput, true);

    public void SystemManagementInterrupt()
    {
    }

    /// <summary>The first processor has nobody to start it again, so all begins anew.</summary>
    public void Init() => control.RequestReset();

    public void StartUp(byte page)
    {
    }

    /// <summary>The A20 gate.</summary>
    public void SetLine(int input, bool high) => cpu.SetA20(high);
}
