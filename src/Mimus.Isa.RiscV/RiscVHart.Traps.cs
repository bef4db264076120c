using System.Globalization;
using Mimus.Core.Cpus;
using Mimus.Core.Diagnostics;
using Mimus.Isa.RiscV.Privileged;

namespace Mimus.Isa.RiscV;

/// <content>Traps, interrupts, and returns from them (Privileged manual, chapters 3.1, 3.3 and 12.1).</content>
public sealed unsafe partial class RiscVHart
{
    private const ulong InterruptBit = 1ul << 63;
    private const uint WaitInstruction = 0x10500073;

    /// <summary>mip as it stands now.</summary>
    internal ulong PendingInterrupts => Pending(SupervisorTimerEnabled && _supervisorTimer.IsDue());

    /// <summary>
    /// mip without a look at the clock before it is known that it is worth it: the timer's interrupt comes when the event loop has
    /// noticed it, and asked for attention.
    /// </summary>
    private ulong NoticedInterrupts => Pending(SupervisorTimerEnabled && _supervisorTimer.IsNoticed());

    /// <summary>Waiting ends when an interrupt is pending and enabled one by one, whatever the global enables say.</summary>
    public override bool HasInterrupt => (PendingInterrupts & _state->Mie) != 0;

    internal bool SupervisorTimerEnabled => (_state->Menvcfg & EnvironmentConfiguration.SupervisorTimer) != 0;

    public override void Attend()
    {
        AnswerFlush();
        AnswerForgetWrites();
        if (HoldInterrupts) return;
        Signal.Acknowledge(Attention.Interrupts);
        if (!IsStopped) TakeInterrupt();
    }

    private ulong Pending(bool timerIsDue)
    {
        var pending = (ulong)(uint)Volatile.Read(ref _lines) | _state->SoftwarePending;
        if (!SupervisorTimerEnabled) return pending;
        return timerIsDue ? pending | 1ul << Interrupt.SupervisorTimer : pending & ~(1ul << Interrupt.SupervisorTimer);
    }

    public override void RaiseAccessFault(ulong address, MemoryAccess access) => RaiseTrap(access switch
    {
        MemoryAccess.Load => Cause.LoadAccess,
        MemoryAccess.Store => Cause.StoreAccess,
        _ => Cause.FetchAccess,
    }, address);

    public override void RaiseMisaligned(ulong address, MemoryAccess access) =>
        RaiseTrap(access == MemoryAccess.Load ? Cause.LoadMisaligned : Cause.StoreMisaligned, address);

    /// <summary>Sets and clears software's bits of mip. Any thread may call.</summary>
    public void ChangePending(ulong set, ulong clear, ulong mask)
    {
        Interlocked.And(ref _state->SoftwarePending, ~(clear & mask));
        Interlocked.Or(ref _state->SoftwarePending, set & mask);
        if ((set & mask) != 0) Signal.Raise(Attention.Interrupts);
    }

    public override void RecheckInterrupts()
    {
        if ((NoticedInterrupts & _state->Mie) != 0) Signal.Raise(Attention.Interrupts);
    }

    internal void RaiseIllegalInstruction() => RaiseTrap(Cause.IllegalInstruction, 0);

    /// <summary>Whether wfi waits; where it does not it is illegal. A wait that must be bounded in time is bounded at once.</summary>
    internal bool MayWait => Privilege switch
    {
        Privilege.Machine => true,
        Privilege.Supervisor => (_state->Mstatus & Mstatus.Tw) == 0,
        _ => !Has(Extension.S) && (_state->Mstatus & Mstatus.Tw) == 0,
    };

    /// <summary>The time in stimecmp has changed, or whether it means anything.</summary>
    internal void ArmSupervisorTimer() => _supervisorTimer.Arm(SupervisorTimerEnabled ? _state->Stimecmp : ulong.MaxValue);

    protected override void DeliverTrap(int cause, ulong value, ulong pc)
    {
        if (cause == Cause.IllegalInstruction) value = InstructionAt(pc);
        EnterTrap((ulong)cause, value, pc, Privilege != Privilege.Machine && ((_state->Medeleg >> cause) & 1) != 0);
    }

    /// <summary>mret: back to the mode and the interrupt enable of before the trap; the result is where to go on.</summary>
    internal ulong ReturnFromMachine()
    {
        var previous = (Privilege)((_state->Mstatus & Mstatus.Mpp) >> Mstatus.MppShift);
        var status = _state->Mstatus;
        status = (status & ~(Mstatus.Mie | Mstatus.Mpp)) | ((status & Mstatus.Mpie) >> Mstatus.PreviousShift) | Mstatus.Mpie;
        if (!Has(Extension.U)) status |= Mstatus.Mpp;
        if (previous != Privilege.Machine) status &= ~Mstatus.Mprv;
        _state->Mstatus = status;
        Privilege = previous;
        return _state->Mepc & InstructionAddressMask;
    }

    internal ulong ReturnFromSupervisor()
    {
        var status = _state->Mstatus;
        _state->Mstatus = (status & ~(Mstatus.Sie | Mstatus.Spp | Mstatus.Mprv)) | ((status & Mstatus.Spie) >> Mstatus.PreviousShift) | Mstatus.Spie;
        Privilege = (status & Mstatus.Spp) != 0 ? Privilege.Supervisor : Privilege.User;
        return _state->Sepc & InstructionAddressMask;
    }

    /// <summary>Addresses of instructions are even, and multiples of four without compressed instructions.</summary>
    internal ulong InstructionAddressMask => Has(Extension.Zca) ? ~1ul : ~3ul;

    private void TakeInterrupt()
    {
        var pending = NoticedInterrupts & _state->Mie;
        if (pending == 0) return;
        var machine = pending & ~_state->Mideleg;
        var machineOn = Privilege != Privilege.Machine || (_state->Mstatus & Mstatus.Mie) != 0;
        if (machine != 0 && machineOn)
        {
            Enter(machine, delegated: false);
            return;
        }
        var supervisor = pending & _state->Mideleg;
        var supervisorOn = Privilege == Privilege.User || (Privilege == Privilege.Supervisor && (_state->Mstatus & Mstatus.Sie) != 0);
        if (supervisor != 0 && supervisorOn) Enter(supervisor, delegated: true);

        void Enter(ulong candidates, bool delegated)
        {
            foreach (var number in Interrupt.Priority)
            {
                if (((candidates >> number) & 1) == 0) continue;
                FinishWait();
                EnterTrap(InterruptBit | number, 0, _state->Pc, delegated);
                return;
            }
        }
    }

    /// <summary>
    /// An interrupt before a wfi comes while it waits. Guests look whether there is something to do and wait if not, with interrupts
    /// enabled; a machine whose thread the host keeps waiting between the two would lose their wake-up, and they would sleep for ever.
    /// </summary>
    private void FinishWait()
    {
        if (!MayWait || InstructionAt(_state->Pc) != WaitInstruction) return;
        _state->Pc += 4;
        AddRetired(1);
    }

    private void EnterTrap(ulong cause, ulong value, ulong pc, bool toSupervisor)
    {
        if (_log.Has(LogItems.Interrupts)) LogTrap(cause, value, pc);
        var state = _state;
        ulong vector;
        if (toSupervisor)
        {
            state->Scause = cause;
            state->Sepc = pc;
            state->Stval = value;
            var previous = Privilege == Privilege.Supervisor ? Mstatus.Spp : 0;
            state->Mstatus = (state->Mstatus & ~(Mstatus.Spp | Mstatus.Spie | Mstatus.Sie))
                | ((state->Mstatus & Mstatus.Sie) << Mstatus.PreviousShift) | previous;
            Privilege = Privilege.Supervisor;
            vector = state->Stvec;
        }
        else
        {
            state->Mcause = cause;
            state->Mepc = pc;
            state->Mtval = value;
            state->Mstatus = (state->Mstatus & ~(Mstatus.Mpp | Mstatus.Mpie | Mstatus.Mie))
                | ((state->Mstatus & Mstatus.Mie) << Mstatus.PreviousShift) | (state->Privilege << Mstatus.MppShift);
            Privilege = Privilege.Machine;
            vector = state->Mtvec;
        }
        var vectored = (vector & 1) != 0 && (cause & InterruptBit) != 0;
        state->Pc = (vector & ~3ul) + (vectored ? 4 * (cause & 0xff) : 0);
    }

    /// <summary>The bits of an instruction that trapped, for mtval and stval.</summary>
    private uint InstructionAt(ulong pc)
    {
        if (!_mmu.TryReadCode(pc, out var first)) return 0;
        if ((first & 3) != 3) return first;
        return _mmu.TryReadCode(pc + 2, out var second) ? first | ((uint)second << 16) : first;
    }

    private void LogTrap(ulong cause, ulong value, ulong pc) => _log.Write(string.Create(CultureInfo.InvariantCulture,
        $"{Name}: {((cause & InterruptBit) != 0 ? "interrupt" : "trap")} {cause & 0xff} at 0x{pc:x}, value 0x{value:x}, from {Privilege}"));
}
