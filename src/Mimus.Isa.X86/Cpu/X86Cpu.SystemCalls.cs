namespace Mimus.Isa.X86;

/// <content>SYSCALL, SYSENTER and their returns (SDM volume 2).</content>
public sealed unsafe partial class X86Cpu
{
    private const ulong DataRights = 0xc093, CodeRights = 0xc09b, LongRights = 0xa09b, UserRights = 0x60;

    internal bool TrySystemCall(out ulong target)
    {
        target = 0;
        if ((_state->Efer & Efer.SystemCall) == 0) return Refuse(Fault.InvalidOpcode, 0);
        var selector = (ushort)((_state->Star >> 32) & 0xfffc);
        if (IsLongActive)
        {
            _state->Registers[Slot.Rcx] = _state->Rip;
            _state->Registers[11] = Flags & ~EFlags.Resume;
            target = _state->Cstar;
            Flags = Flags & ~(_state->SyscallMask | EFlags.Resume);
        }
        else
        {
            _state->Registers[Slot.Rcx] = (uint)_state->Rip;
            target = (uint)_state->Star;
            Flags = Flags & ~(EFlags.Interrupt | EFlags.Virtual8086 | EFlags.Resume);
        }
        SetFlatPair(selector, IsLongActive ? LongRights : CodeRights, (ushort)(selector + 8), 0);
        return true;
    }

    internal bool TrySystemReturn(out ulong target)
    {
        target = 0;
        if ((_state->Efer & Efer.SystemCall) == 0) return Refuse(Fault.InvalidOpcode, 0);
        if (IsReal || _state->Cpl != 0) return Refuse(Fault.GeneralProtection, 0);
        var selector = (ushort)(_state->Star >> 48);
        target = (uint)_state->Registers[Slot.Rcx];
        if (IsLongActive) Flags = _state->Registers[11] & (EFlags.Arithmetic | EFlags.Direction | (EFlags.System & ~(EFlags.Resume | EFlags.Virtual8086)));
        else Flags |= EFlags.Interrupt;
        SetFlatPair((ushort)(selector | 3), CodeRights | UserRights, (ushort)((selector + 8) | 3), 3);
        return true;
    }

    internal bool TrySystemEnter(out ulong target)
    {
        target = 0;
        if (IsReal || (_state->SysenterCs & 0xfffc) == 0) return Refuse(Fault.GeneralProtection, 0);
        var selector = (ushort)(_state->SysenterCs & 0xfffc);
        Flags = Flags & ~(EFlags.Virtual8086 | EFlags.Interrupt | EFlags.Resume);
        SetFlatPair(selector, IsLongActive ? LongRights : CodeRights, (ushort)(selector + 8), 0);
        _state->Registers[Slot.Rsp] = IsLongActive ? _state->SysenterEsp : (uint)_state->SysenterEsp;
        target = IsLongActive ? _state->SysenterEip : (uint)_state->SysenterEip;
        return true;
    }

    internal bool TrySystemExit(int size, out ulong target)
    {
        target = 0;
        if (IsReal || _state->Cpl != 0 || (_state->SysenterCs & 0xfffc) == 0) return Refuse(Fault.GeneralProtection, 0);
        var selector = (ushort)(_state->SysenterCs & 0xfffc);
        target = size == 8 ? _state->Registers[Slot.Rdx] : (uint)_state->Registers[Slot.Rdx];
        _state->Registers[Slot.Rsp] = size == 8 ? _state->Registers[Slot.Rcx] : (uint)_state->Registers[Slot.Rcx];
        SetFlatPair((ushort)((selector + (size == 8 ? 32 : 16)) | 3), (size == 8 ? LongRights : CodeRights) | UserRights, (ushort)((selector + (size == 8 ? 40 : 24)) | 3), 3);
        return true;
    }

    /// <summary>Code and stack as these instructions make them, without a look at the tables.</summary>
    private void SetFlatPair(ushort code, ulong codeRights, ushort stack, ulong privilege)
    {
        _state->Segment(SegmentNumber.Cs) = Flat(codeRights) with { Selector = code };
        _state->Segment(SegmentNumber.Ss) = FlatData(privilege) with { Selector = stack };
        _state->Cpl = privilege;
        ModeChanged();
    }

    /// <summary>The segment of 64-bit code, and that of a stack, without their selectors.</summary>
    internal static SegmentState LongCode(ulong privilege) => Flat(LongRights | (privilege == 3 ? UserRights : 0));

    internal static SegmentState FlatData(ulong privilege) => Flat(DataRights | (privilege == 3 ? UserRights : 0));

    private static SegmentState Flat(ulong rights)
    {
        var segment = new SegmentState { Attributes = rights, Limit = uint.MaxValue };
        segment.SetEnds();
        return segment;
    }
}
