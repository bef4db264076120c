using Mimus.Isa.RiscV.Privileged;

namespace Mimus.Isa.RiscV.Instructions;

/// <summary>
/// Accesses to control registers (Unprivileged manual, chapter 6) of a hart with S mode, compressed instructions and floating point: then every
/// register that is a word of the state exists, and is what its slot says.
/// </summary>
[InstructionSet((ulong)Extension.Zicsr)]
internal static unsafe class ControlRegisters<TOps, V> where TOps : struct, IGuestOps<V> where V : unmanaged
{
    private static readonly Helper s_access = new("csr", &SystemHelpers.AccessCsr);

    [Instruction("csrrw", "csr rs1 001 rd 1110011", AllOf = ControlRegisterSlots.Needed)]
    public static void ReadWrite(ref TOps o, in Operands i) => Access(ref o, i, WriteOf(i), o.Register(i.Rs1), ulong.MaxValue);

    [Instruction("csrrs", "csr rs1 010 rd 1110011", AllOf = ControlRegisterSlots.Needed)]
    public static void ReadSet(ref TOps o, in Operands i) => Access(ref o, i, UnlessZero(i, CsrAccess.Set), o.Register(i.Rs1), ulong.MaxValue);

    [Instruction("csrrc", "csr rs1 011 rd 1110011", AllOf = ControlRegisterSlots.Needed)]
    public static void ReadClear(ref TOps o, in Operands i) => Access(ref o, i, UnlessZero(i, CsrAccess.Clear), o.Register(i.Rs1), ulong.MaxValue);

    [Instruction("csrrwi", "csr zimm 101 rd 1110011", AllOf = ControlRegisterSlots.Needed)]
    public static void ReadWriteImmediate(ref TOps o, in Operands i) => Access(ref o, i, WriteOf(i), o.Constant(i.Rs1), ulong.MaxValue);

    [Instruction("csrrsi", "csr zimm 110 rd 1110011", AllOf = ControlRegisterSlots.Needed)]
    public static void ReadSetImmediate(ref TOps o, in Operands i) => Access(ref o, i, UnlessZero(i, CsrAccess.Set), o.Constant(i.Rs1), i.Rs1);

    [Instruction("csrrci", "csr zimm 111 rd 1110011", AllOf = ControlRegisterSlots.Needed)]
    public static void ReadClearImmediate(ref TOps o, in Operands i) => Access(ref o, i, UnlessZero(i, CsrAccess.Clear), o.Constant(i.Rs1), i.Rs1);

    /// <summary>Without a register for the old value there is no read.</summary>
    public static CsrAccess WriteOf(in Operands i) => CsrAccess.Write | (i.Rd == Slot.Sink ? CsrAccess.NoRead : 0);

    /// <summary>Setting and clearing nothing, by x0 or an immediate of zero, is no write.</summary>
    public static CsrAccess UnlessZero(in Operands i, CsrAccess access) => i.Rs1 == 0 ? CsrAccess.ReadOnly : access;

    /// <summary>An access by the method that knows all registers.</summary>
    public static void Call(ref TOps o, in Operands i, CsrAccess access, V operand)
    {
        if (!o.TryCall(s_access, o.Constant((uint)i.Imm | ((ulong)access << 12)), operand, out var old)) return;
        o.SetRegister(i.Rd, old);
        if (access != CsrAccess.ReadOnly && CsrTable.Row(i.Imm) is { EndsBlock: true }) o.EndBlock();
    }

    private static void Access(ref TOps o, in Operands i, CsrAccess access, V operand, ulong touched)
    {
        if (i.Imm == Csr.Time && access == CsrAccess.ReadOnly)
        {
            ReadTime(ref o, i);
            return;
        }
        if (CsrTable.Row(i.Imm) is not { } csr || !csr.IsBySlot(access, touched))
        {
            Call(ref o, i, access, operand);
            return;
        }
        var isForbidden = o.Compare(Relation.LessUnsigned, o.Register(Slot.Privilege), o.Constant((ulong)csr.LowestPrivilege));
        if (o.TrapIf(isForbidden, Cause.IllegalInstruction, o.Constant(0))) return;
        var word = o.Register(csr.Slot);
        var old = o.And(word, o.Constant(csr.Visible));
        var now = word;
        if (csr.ShowsFloatStatus) old = o.Or(old, FloatStatus(ref o));
        if (access != CsrAccess.ReadOnly)
        {
            var bits = o.And(operand, o.Constant(csr.Writable));
            now = (access & ~CsrAccess.NoRead) switch
            {
                CsrAccess.Write => csr.SharesSlot ? o.Or(o.And(word, o.Constant(~csr.Writable)), bits) : bits,
                CsrAccess.Set => o.Or(word, bits),
                _ => o.And(word, o.Xor(bits, o.Constant(ulong.MaxValue))),
            };
            o.SetRegister(csr.Slot, now);
            if (csr.ShowsFloatStatus && (touched & Mstatus.Fs) != 0) WriteFloatStatus(ref o, access & ~CsrAccess.NoRead, operand);
        }
        o.SetRegister(i.Rd, old);
        if (access == CsrAccess.ReadOnly || (touched & (csr.Steering | csr.Enabling)) == 0) return;
        // Interrupts that were off and are on may be due.
        var mattering = o.Or(o.Constant(csr.Steering), o.And(now, o.Constant(csr.Enabling)));
        o.EndBlockIf(o.And(o.Xor(word, now), mattering));
    }

    /// <summary>
    /// Privileged manual, 3.1.11 and 10.1.5: S mode needs leave of mcounteren, U mode that of scounteren, too. Of the numbers of the levels U has no
    /// bit set, S has bit 0 and M bits 0 and 1.
    /// </summary>
    private static void ReadTime(ref TOps o, in Operands i)
    {
        var privilege = o.Register(Slot.Privilege);
        var fromMachine = o.Or(o.Register(Slot.Mcounteren), privilege);
        var fromSupervisor = o.Or(o.Register(Slot.Scounteren), o.Add(privilege, privilege));
        var isAllowed = o.And(o.And(fromMachine, fromSupervisor), o.Constant(Csr.TimeEnable));
        if (o.TrapIf(o.Compare(Relation.Equal, isAllowed, o.Constant(0)), Cause.IllegalInstruction, o.Constant(0))) return;
        o.SetRegister(i.Rd, o.ReadTime());
    }

    private static V FloatStatus(ref TOps o) =>
        o.And(o.ShiftLeft(o.Register(Slot.FloatStatus), o.Constant(Mstatus.FsShift)), o.Constant(Mstatus.Fs | Mstatus.Sd));

    /// <summary>What is dirty is all ones, and stays so where none of it is cleared.</summary>
    private static void WriteFloatStatus(ref TOps o, CsrAccess access, V operand)
    {
        var old = o.Register(Slot.FloatStatus);
        var bits = o.And(o.ShiftRight(operand, o.Constant(Mstatus.FsShift)), o.Constant(3));
        if (access == CsrAccess.Clear)
        {
            o.SetRegister(Slot.FloatStatus, o.Select(bits, o.And(old, o.Xor(bits, o.Constant(3))), old));
            return;
        }
        var status = access == CsrAccess.Set ? o.Or(o.And(old, o.Constant(3)), bits) : bits;
        o.SetRegister(Slot.FloatStatus, o.Select(o.Compare(Relation.Equal, status, o.Constant(3)), o.Constant(Mstatus.FloatDirty), status));
    }
}
