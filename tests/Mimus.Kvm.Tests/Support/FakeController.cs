using Mimus.Core.Memory;
using Mimus.Isa.X86;

namespace Mimus.Kvm.Tests.Support;

/// <summary>An interrupt controller with one interrupt, which it withdraws when it is acknowledged.</summary>
internal sealed class FakeController(X86Cpu cpu, byte vector) : IInterruptController
{
    public byte PriorityClass { get; set; }

    public int Acknowledged { get; private set; }

    public byte Acknowledge()
    {
        Acknowledged++;
        cpu.SetLine(X86Cpu.InterruptInput, false);
        return vector;
    }

    public bool TryReadRegister(uint number, out ulong value)
    {
        value = 0xfee00900;
        return number == 0x1b;
    }

    public bool TryWriteRegister(uint number, ulong value) => number == 0x1b;

    public IoRegion? FindRegion(ulong address, bool isInManagement) => null;
}
