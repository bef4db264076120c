namespace Mimus.Isa.X86.Tests.Machines;

/// <summary>An interrupt controller with one interrupt, which lowers the processor's line when it is acknowledged.</summary>
internal sealed class OneInterrupt(X86Cpu cpu, byte vector) : IInterruptController
{
    public byte PriorityClass { get; set; }

    public byte Acknowledge()
    {
        cpu.SetLine(X86Cpu.InterruptInput, false);
        return vector;
    }
}
