using Mimus.Core.Memory;
using Mimus.Isa.X86;

namespace Mimus.Kvm.Tests.Support;

/// <summary>An interrupt controller with one interrupt, which it withdraws when it is acknowledged.</summary>
internal sealed class FakeController(X86Cpu cpu, byte vector) : IInterruptController
{
    private const uint BaseRegister = 0x1b, TimerRegister = 0x832;
    private const ulong UsualBase = 0xfee00900;

    public byte PriorityClass { get; set; }

    public int Acknowledged { get; private set; }

    public byte Acknowledge()
    {
        Acknowledged++;
        OnAcknowledge?.Invoke();
        cpu.SetLine(X86Cpu.InterruptInput, false);
        return vector;
    }

    /// <summary>What was written to the only register of x2APIC that there is, its timer's.</summary>
    public ulong Register { get; private set; }

    /// <summary>Called when the guest reads a register of x2APIC, whether there is one or not.</summary>
    public Action? OnRead { get; set; }

    public Action? OnAcknowledge { get; set; }

    public bool TryReadRegister(uint number, out ulong value)
    {
        OnRead?.Invoke();
        value = number == TimerRegister ? Register : UsualBase;
        return number is BaseRegister or TimerRegister;
    }

    public bool TryWriteRegister(uint number, ulong value)
    {
        if (number == TimerRegister) Register = value;
        return number is BaseRegister or TimerRegister;
    }

    public IoRegion? FindRegion(ulong address, bool isInManagement) => null;
}
