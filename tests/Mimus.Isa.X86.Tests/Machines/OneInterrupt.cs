using Mimus.Core.Memory;

namespace Mimus.Isa.X86.Tests.Machines;

/// <summary>An interrupt controller with one interrupt, which lowers the processor's line when it is acknowledged.</summary>
internal sealed class OneInterrupt(X86Cpu cpu, byte vector) : IInterruptController
{
    /// <summary>The only register it has: the task priority of an x2APIC.</summary>
    public const uint KnownRegister = 0x808;

    public byte PriorityClass { get; set; }

    public ulong Register { get; set; }

    public bool TryReadRegister(uint number, out ulong value)
    {
        value = Register;
        return number == KnownRegister;
    }

    public bool TryWriteRegister(uint number, ulong value)
    {
        if (number == KnownRegister) Register = value;
        return number == KnownRegister;
    }

    public IoRegion? FindRegion(ulong address, bool isInManagement) => null;

    public byte Acknowledge()
    {
        cpu.SetLine(X86Cpu.InterruptInput, false);
        return vector;
    }
}
