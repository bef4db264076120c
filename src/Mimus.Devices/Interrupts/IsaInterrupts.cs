using Mimus.Core.Devices;

namespace Mimus.Devices.Interrupts;

/// <summary>
/// The interrupt wires of a PC: the ISA interrupts 0 to 15 reach both the 8259s and the I/O APIC, whose inputs have the same
/// numbers but for the timer's, which is 2; the wires from 16 are the I/O APIC's alone.
/// </summary>
public sealed class IsaInterrupts(PicPair pics, IoApic ioApic) : IIrqSink
{
    private const int Timer = 0, TimerInput = 2, IsaLines = 16;

    public void SetLine(int input, bool high)
    {
        if (input < IsaLines) pics.SetLine(input, high);
        if (input != TimerInput) ioApic.SetLine(input == Timer ? TimerInput : input, high);
    }
}
