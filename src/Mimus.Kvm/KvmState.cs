using Mimus.Isa.X86;
using Mimus.Kvm.Kernel;

namespace Mimus.Kvm;

/// <summary>
/// Where a processor's state is: in the one struct that all of Mimus reads, in the kernel, or in both. It is moved as a whole, when the other side needs it.
/// </summary>
internal sealed unsafe class KvmState(KvmFile vcpu, X86Cpu cpu, RunArea* run)
{
    private readonly MsrTable _msrs = new(vcpu);

    // The kernel's structures are large, and not for the stack of every exit.
    private readonly XsaveArea[] _vectors = new XsaveArea[1];

    /// <summary>The struct holds what the processor has.</summary>
    public bool IsHere { get; private set; } = true;

    /// <summary>The kernel holds what the processor has.</summary>
    public bool IsInKernel { get; private set; }

    /// <summary>The struct has been changed; it must hold the state.</summary>
    public void WasChanged() => IsInKernel = false;

    /// <summary>Guest code is about to run.</summary>
    public void Leave() => IsHere = false;

    /// <summary>The struct goes to the kernel.</summary>
    public void Push()
    {
        if (IsInKernel) return;
        ref var state = ref cpu.Registers;
        var transfer = new StateTransfer(toKernel: true, ref state);
        SystemRegisters system = default;
        transfer.System(&system);
        // Pending interrupts are delivered by the machine's own controllers; the kernel only keeps their registers' place.
        system.ApicBase = ApicBase();
        vcpu.Call(KvmCalls.SetSystemRegisters, &system);
        run->ApicBase = system.ApicBase;
        Registers general = new() { Flags = cpu.Flags };
        transfer.General(&general);
        vcpu.Call(KvmCalls.SetRegisters, &general);
        ExtendedControls controls = default;
        transfer.ExtendedControl(&controls);
        if (cpu.Model.Has(X86Feature.Xsave)) vcpu.Call(KvmCalls.SetExtendedControls, &controls);
        PushVectors(transfer);
        _msrs.Write(ref state);
        _msrs.TimeStampCounter = cpu.TimeStampCounter;
        DebugRegisters debug = default;
        transfer.Debug(&debug);
        vcpu.Call(KvmCalls.SetDebugRegisters, &debug);
        PushEvents(ref state);
        IsInKernel = true;
    }

    /// <summary>The state comes back into the struct.</summary>
    public void Pull()
    {
        if (IsHere) return;
        ref var state = ref cpu.Registers;
        var transfer = new StateTransfer(toKernel: false, ref state);
        SystemRegisters system;
        vcpu.Call(KvmCalls.GetSystemRegisters, &system);
        transfer.System(&system);
        Registers general;
        vcpu.Call(KvmCalls.GetRegisters, &general);
        transfer.General(&general);
        ExtendedControls controls;
        vcpu.Call(KvmCalls.GetExtendedControls, &controls);
        if (cpu.Model.Has(X86Feature.Xsave)) transfer.ExtendedControl(&controls);
        PullVectors(transfer);
        _msrs.Read(ref state);
        cpu.TimeStampCounter = _msrs.TimeStampCounter;
        DebugRegisters debug;
        vcpu.Call(KvmCalls.GetDebugRegisters, &debug);
        transfer.Debug(&debug);
        IsHere = true;
        cpu.Flags = general.Flags;
        cpu.RegistersWereRead();
        PullEvents(ref state);
    }

    private bool HasUpperHalves => cpu.Model.Has(X86Feature.Avx);

    private void PushVectors(StateTransfer transfer)
    {
        fixed (XsaveArea* vectors = _vectors) // safe: an array of one
        {
            *vectors = default;
            transfer.Vectors(vectors, HasUpperHalves);
            vcpu.Call(KvmCalls.SetXsave, vectors);
        }
    }

    private void PullVectors(StateTransfer transfer)
    {
        fixed (XsaveArea* vectors = _vectors) // safe: an array of one
        {
            vcpu.Call(KvmCalls.GetXsave, vectors);
            transfer.Vectors(vectors, HasUpperHalves);
        }
    }

    private void PushEvents(ref X86State state)
    {
        const byte ShadowOfSti = 2;
        var events = new VcpuEvents
        {
            Flags = VcpuEvents.HasNmiPending | VcpuEvents.HasShadow,
            NmiMasked = (byte)(state.NmiBlocked & 1),
            InterruptShadow = state.InterruptShadow != 0 ? ShadowOfSti : (byte)0,
        };
        vcpu.Call(KvmCalls.SetEvents, &events);
        // What the kernel says after a run, as it would say it now.
        run->InterruptFlag = (cpu.Flags & EFlags.Interrupt) != 0 ? (byte)1 : (byte)0;
        run->TakesInterrupt = state.InterruptShadow == 0 ? run->InterruptFlag : (byte)0;
    }

    /// <summary>
    /// The struct has no place for something that is being delivered: it is delivered here instead. An INT instruction that was under way has not moved the
    /// instruction pointer and comes again.
    /// </summary>
    private void PullEvents(ref X86State state)
    {
        const int NonMaskableVector = 2;
        VcpuEvents events;
        vcpu.Call(KvmCalls.GetEvents, &events);
        state.NmiBlocked = events.NmiMasked & 1u;
        state.InterruptShadow = events.InterruptShadow != 0 ? 1u : 0;
        if (events.NmiPending != 0) cpu.SetLine(X86Cpu.NonMaskableInput, true);
        if (events.ExceptionInjected != 0) Finish(events.ExceptionNumber, events.ExceptionError);
        else if (events.NmiInjected != 0) Finish(NonMaskableVector, null);
        else if (events.InterruptInjected != 0 && events.InterruptIsSoft == 0) Finish(events.InterruptNumber, null);
    }

    private void Finish(int vector, uint? error)
    {
        cpu.FinishDelivery(vector, error);
        WasChanged();
    }

    private ulong ApicBase()
    {
        const ulong Usual = 0xfee00900;
        return cpu.InterruptController?.TryReadRegister(IInterruptController.BaseRegister, out var value) == true ? value : Usual;
    }
}
