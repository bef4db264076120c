using System.Runtime.InteropServices;
using Mimus.Core.Memory;
using Mimus.Isa;
using Mimus.Translation.Engine;
using Mimus.Translation.Ir;

namespace Mimus.Translation.X64;

/// <content>Memory accesses: the translation is looked up in line, all that does not hit is a site.</content>
internal sealed unsafe partial class RegionCompiler
{
    private const int EntryShift = 8; // from an address to 16 bytes for each of its pages
    private const int EntryMask = (TranslationBuffer.EntryCount - 1) << 4;

    private void LowerMemory(in Inst inst)
    {
        var size = (MemorySize)inst.Kind;
        switch (inst.Op)
        {
            case IrOp.Load or IrOp.LoadForUpdate: Load(inst, size, forUpdate: inst.Op == IrOp.LoadForUpdate); break;
            case IrOp.Store: Store(inst, size); break;
            case IrOp.Atomic: Atomic(inst, size); break;
            case IrOp.CompareExchange: CompareExchange(inst, size); break;
            case IrOp.LoadReserved when _settings.ReservesInline: LoadReserved(inst, size); break;
            case IrOp.StoreConditional when _settings.ReservesInline: StoreConditional(inst, size); break;
            default:
                var result = Allocate();
                if (inst.B >= 0) Use(inst.B);
                Use(inst.A);
                AddSite(inst, null, new Place(result));
                Bind(result, _at);
                break;
        }
    }

    /// <summary>
    /// Leaves the addend in <paramref name="addend"/>, so that the host's address is base + addend + displacement. A miss is the site's; the
    /// registers that the rest of the operation uses have been taken before.
    /// </summary>
    private void Translate(in Inst inst, MemorySize size, bool forWriting, Gpr @base, Gpr addend, Gpr tag, Place result, bool mustBeAligned)
    {
        var displacement = (int)inst.Immediate;
        var table = forWriting ? TranslationBuffer.WritesOffset : 0;
        mustBeAligned |= displacement > int.MaxValue - (int)size;
        // Numbers are mostly aligned; vectors are aligned as their parts are.
        var mayBeAligned = mustBeAligned || size <= MemorySize.Double;
        LeadTo(true, tag, @base, displacement + (mayBeAligned ? 0 : (int)size - 1));
        if (mayBeAligned) _asm.Move(false, addend, tag);
        else LeadTo(false, addend, @base, displacement);
        _asm.Shift(ShiftOp.Shr, false, addend, EntryShift);
        _asm.Alu(AluOp.And, true, tag, unchecked((int)TranslationBuffer.PageMask) | (mayBeAligned ? (int)size - 1 : 0));
        _asm.Alu(AluOp.And, false, addend, EntryMask);
        _asm.Alu(AluOp.Cmp, true, tag, new Address(HostLayout.Translations, addend, 1, table));
        AddSite(inst, Condition.NotEqual, result);
        if (mayBeAligned && !mustBeAligned && size > MemorySize.Byte)
        {
            CollectionsMarshal.AsSpan(_stubs)[^1].SecondLook = new SecondLook(@base, addend, tag, displacement + (int)size - 1, table, (nint)_asm.Position);
        }
        _asm.Load(MemorySize.Double, false, addend, new Address(HostLayout.Translations, addend, 1, table + 8));
    }

    /// <summary>
    /// What did not hit may be misaligned: the entry is the first byte's, and where the tag is the last one's, the access is inside one page.
    /// </summary>
    private void EmitSecondLook(in SecondLook look)
    {
        _asm.LoadAddress(true, look.Tag, new Address(look.Base, look.Last));
        _asm.Alu(AluOp.And, true, look.Tag, unchecked((int)TranslationBuffer.PageMask));
        _asm.Alu(AluOp.Cmp, true, look.Tag, new Address(HostLayout.Translations, look.Addend, 1, look.Table));
        _asm.JumpIf(Condition.Equal, (byte*)look.Hit);
    }

    private void LeadTo(bool isWide, Gpr target, Gpr @base, int displacement)
    {
        if (displacement == 0) _asm.Move(isWide, target, @base);
        else _asm.LoadAddress(isWide, target, new Address(@base, displacement));
    }

    /// <summary>
    /// The addend of an access: from an earlier access of its group, which found the pages of all, or looked up here. Zero stands for a
    /// group that is not on one page.
    /// </summary>
    private Gpr TranslateInGroup(in Inst inst, MemorySize size, bool forWriting, Gpr @base, Place result)
    {
        var group = _groupOf[_at];
        if (group < 0)
        {
            Gpr addend = Temporary(), tag = Temporary();
            Translate(inst, size, forWriting, @base, addend, tag, result, mustBeAligned: forWriting && _settings.LooksAtReservations);
            return addend;
        }
        var id = _unit.Count + group;
        if (_gprOf[id] >= 0)
        {
            var known = (Gpr)_gprOf[id];
            _locked |= 1u << (int)known;
            _asm.Test(true, known, known);
            AddSite(inst, Condition.Equal, result);
            return known;
        }
        if (_isGroupKnown[group])
        {
            // Its register was needed for something else.
            Gpr addend = Temporary(), tag = Temporary();
            Translate(inst, size, forWriting, @base, addend, tag, result, mustBeAligned: forWriting && _settings.LooksAtReservations);
            return addend;
        }
        var leader = Allocate();
        TranslateGroup(inst, _groups[group], forWriting, @base, leader, Temporary(), result);
        _isGroupKnown[group] = true;
        Assign(leader, id);
        return leader;
    }

    /// <summary>The first access of a group: the translation holds for all bytes from the group's lowest to its highest if they are on one page.</summary>
    private void TranslateGroup(in Inst inst, AccessGroup group, bool forWriting, Gpr @base, Gpr addend, Gpr tag, Place result)
    {
        var table = forWriting ? TranslationBuffer.WritesOffset : 0;
        // The last byte's distance from the start of the first one's page is less than a page: then both are on it.
        _asm.LoadAddress(true, tag, new Address(@base, group.First));
        _asm.Move(false, addend, tag);
        _asm.Alu(AluOp.And, true, tag, unchecked((int)TranslationBuffer.PageMask));
        _asm.Shift(ShiftOp.Shr, false, addend, EntryShift);
        _asm.Alu(AluOp.And, false, addend, EntryMask);
        _asm.Alu(AluOp.Cmp, true, tag, new Address(HostLayout.Translations, addend, 1, table));
        AddSite(inst, Condition.NotEqual, result);
        var stub = _stubs.Count - 1;
        _asm.Alu(AluOp.Sub, true, tag, @base);
        _asm.Load(MemorySize.Double, false, addend, new Address(HostLayout.Translations, addend, 1, table + 8));
        // tag is now page - base; base + last is on the page when last - tag is below its size.
        _asm.Alu(AluOp.Sub, true, tag, group.Last);
        _asm.Alu(AluOp.Cmp, true, tag, -(int)(~TranslationBuffer.PageMask));
        var pending = _stubs[stub];
        pending.SecondField = (nint)_asm.JumpIfForward(Condition.Less);
        pending.Cleared = addend;
        pending.ClearsRegister = true;
        _stubs[stub] = pending;
    }

    /// <summary>The site's way back is here, behind the access that it has done.</summary>
    private void EndSite(int stub)
    {
        var pending = _stubs[stub];
        pending.Back = (nint)_asm.Position;
        _stubs[stub] = pending;
    }

    private void Load(in Inst inst, MemorySize size, bool forUpdate)
    {
        var isFloat = _wantsFloat[_at] || (_hint[_at] >= 0 && _pinnedXmm[_hint[_at]] >= 0);
        var @base = Use(inst.A);
        var stub = _stubs.Count;
        if (isFloat && size >= MemorySize.Word && inst.Variant == 0)
        {
            var x = TryDefineInXmmPin(_at, out var pinnedXmm) ? pinnedXmm : AllocateXmm();
            GiveUp(x);
            var found = TranslateInGroup(inst, size, forUpdate, @base, new Place(x));
            _asm.LoadFloat(size == MemorySize.Double, x, new Address(@base, found, 1, (int)inst.Immediate));
            EndSite(stub);
            BindXmm(x, _at);
            return;
        }
        var d = TryDefineInPin(_at, out var pinned) ? pinned : Allocate();
        GiveUp(d);
        var addend = TranslateInGroup(inst, size, forUpdate, @base, new Place(d));
        _asm.Load(size, inst.Variant != 0, d, new Address(@base, addend, 1, (int)inst.Immediate));
        EndSite(stub);
        Bind(d, _at);
    }

    /// <summary>
    /// A result will come here that is not there yet. What the register has and is still wanted is elsewhere, too, and must not lose
    /// that place to what is allocated until then.
    /// </summary>
    private void GiveUp(Gpr register)
    {
        var old = _gprValue[(int)register];
        if (old < 0 || !IsNeeded(old) || _gprOf[old] != (int)register) return;
        _gprOf[old] = Free;
        _gprValue[(int)register] = Opaque;
    }

    private void GiveUp(Xmm register)
    {
        var old = _xmmValue[(int)register];
        if (old < 0 || !IsNeeded(old) || _xmmOf[old] != (int)register) return;
        _xmmOf[old] = Free;
        _xmmValue[(int)register] = Opaque;
    }

    private void BindXmm(Xmm register, int value)
    {
        var old = _xmmValue[(int)register];
        if (old >= 0 && old != value && _xmmOf[old] == (int)register) _xmmOf[old] = Free;
        _xmmValue[(int)register] = value;
        _xmmOf[value] = (sbyte)register;
        _lockedXmm |= 1u << (int)register;
    }

    private void Store(in Inst inst, MemorySize size)
    {
        var @base = Use(inst.A);
        var inXmm = _gprOf[inst.B] < 0 && _xmmOf[inst.B] >= 0 && size >= MemorySize.Word && (size == MemorySize.Word || !IsNarrow(inst.B));
        var isConstant = IsConstant32(inst.B, out var constant);
        if (inXmm) _lockedXmm |= 1u << _xmmOf[inst.B];
        else if (!isConstant) Use(inst.B);
        Gpr host = default, scratch = default;
        if (_settings.LooksAtReservations) (host, scratch) = (Temporary(), Temporary());
        var stub = _stubs.Count;
        var addend = TranslateInGroup(inst, size, true, @base, default);
        var address = new Address(@base, addend, 1, (int)inst.Immediate);
        if (_settings.LooksAtReservations) LookAtMark(address, host, scratch, ref address, stub);
        if (inXmm) _asm.StoreFloat(size == MemorySize.Double, address, (Xmm)_xmmOf[inst.B]);
        else if (isConstant) _asm.StoreImmediate(size, address, constant);
        else _asm.Store(size, address, (Gpr)_gprOf[inst.B]);
        EndSite(stub);
    }

    /// <summary>Before a store: a reservation of another vCPU on the granule has to be broken first, which the site does.</summary>
    private void LookAtMark(Address at, Gpr host, Gpr scratch, ref Address address, int stub)
    {
        _asm.LoadAddress(true, host, at);
        _asm.Move(true, scratch, host);
        _asm.Shift(ShiftOp.Shr, true, scratch, 6);
        _asm.Alu(AluOp.And, false, scratch, ReservationTable.MarkMask);
        _asm.Alu(AluOp.Add, true, scratch, HostLayout.Engine(HostLayout.ReservationMarks));
        _asm.CompareByte(new Address(scratch), 0);
        var pending = _stubs[stub];
        pending.MarkField = (nint)_asm.JumpIfForward(Condition.NotEqual);
        _stubs[stub] = pending;
        address = new Address(host);
    }

    private void LoadReserved(in Inst inst, MemorySize size)
    {
        var @base = Use(inst.A);
        Gpr addend = Temporary(), tag = Temporary();
        var d = Allocate();
        var stub = _stubs.Count;
        Translate(inst, size, false, @base, addend, tag, new Place(d), mustBeAligned: true);
        _asm.Alu(AluOp.Add, true, addend, @base);
        _asm.Load(size, false, d, new Address(addend));
        _asm.Store(MemorySize.Double, HostLayout.Engine(HostLayout.ReservedValue), d); // for a store-conditional that C# does
        _asm.Shift(ShiftOp.Shr, true, addend, 6);
        _asm.Load(MemorySize.Double, false, tag, HostLayout.Engine(HostLayout.ReservedGranule));
        _asm.Store(MemorySize.Double, new Address(tag), addend);
        EndSite(stub);
        Bind(d, _at);
    }

    private void StoreConditional(in Inst inst, MemorySize size)
    {
        Reserve(Gpr.Rax);
        Gpr @base = Use(inst.A), value = Use(inst.B);
        Gpr addend = Temporary(), tag = Temporary();
        var d = tag;
        var stub = _stubs.Count;
        Translate(inst, size, true, @base, addend, tag, new Place(d), mustBeAligned: true);
        _asm.Alu(AluOp.Add, true, addend, @base);
        _asm.Load(MemorySize.Double, false, tag, HostLayout.Engine(HostLayout.ReservedGranule));
        _asm.Move(true, Gpr.Rax, addend);
        _asm.Shift(ShiftOp.Shr, true, Gpr.Rax, 6);
        _asm.Alu(AluOp.Cmp, true, new Address(tag), Gpr.Rax);
        _asm.StoreImmediate(MemorySize.Double, new Address(tag), -1);
        _asm.MoveImmediate(d, 1);
        var failed = _asm.ShortJumpIfForward(Condition.NotEqual);
        // Devices break the reservation themselves, and nobody else writes.
        _asm.Store(size, new Address(addend), value);
        _asm.MoveImmediate(d, 0);
        _asm.BindShort(failed);
        EndSite(stub);
        DefineAt(d);
    }

    private void Atomic(in Inst inst, MemorySize size)
    {
        var operation = (AtomicOperation)inst.Variant;
        Reserve(Gpr.Rax);
        Gpr @base = Use(inst.A), operand = Use(inst.B);
        Gpr addend = Temporary(), tag = Temporary();
        var wide = size == MemorySize.Double;
        var stub = _stubs.Count;
        Translate(inst, size, true, @base, addend, tag, new Place(Gpr.Rax), mustBeAligned: true);
        var address = new Address(@base, addend, 1);
        if (_settings.SharesMemory)
        {
            if (_settings.LooksAtReservations) LookAtMark(address, addend, tag, ref address, stub);
            ReplaceShared(operation, size, address, operand, tag);
        }
        else
        {
            // Nobody else writes but devices, whose memory guests do not change by atomic operations.
            _asm.Load(size, false, Gpr.Rax, address);
            if (operation == AtomicOperation.Swap) _asm.Store(size, address, operand);
            else if (operation == AtomicOperation.Add && size >= MemorySize.Word) _asm.Alu(AluOp.Add, wide, address, operand);
            else
            {
                Combine(operation, wide, tag, operand);
                _asm.Store(size, address, tag);
            }
        }
        // Of less than 64 bits the rest may be anything.
        if (size == MemorySize.Word) _asm.Move(false, Gpr.Rax, Gpr.Rax);
        else if (!wide) _asm.ZeroExtend(size, Gpr.Rax, Gpr.Rax);
        EndSite(stub);
        DefineAt(Gpr.Rax);
    }

    private void CompareExchange(in Inst inst, MemorySize size)
    {
        Reserve(Gpr.Rax);
        Gpr @base = Use(inst.A), value = Use(inst.C);
        Gpr addend = Temporary(), tag = Temporary();
        var stub = _stubs.Count;
        Translate(inst, size, true, @base, addend, tag, new Place(Gpr.Rax), mustBeAligned: true);
        var address = new Address(@base, addend, 1);
        // What is expected may be anywhere until now: there are no more registers.
        if (_settings.LooksAtReservations) LookAtMark(address, addend, tag, ref address, stub);
        Fetch(Gpr.Rax, inst.B);
        _asm.CompareExchange(_settings.SharesMemory, size, address, value);
        EndSite(stub);
        DefineAt(Gpr.Rax);
    }

    /// <summary>Replaces what is in memory in one step, and leaves what was there in rax.</summary>
    private void ReplaceShared(AtomicOperation operation, MemorySize size, Address address, Gpr operand, Gpr scratch)
    {
        var wide = size == MemorySize.Double;
        switch (operation)
        {
            case AtomicOperation.Add:
                _asm.Move(wide, Gpr.Rax, operand);
                _asm.LockExchangeAdd(size, address, Gpr.Rax);
                break;
            case AtomicOperation.Swap:
                _asm.Move(wide, Gpr.Rax, operand);
                _asm.Exchange(size, address, Gpr.Rax);
                break;
            default:
                _asm.Load(size, false, Gpr.Rax, address);
                var again = _asm.Position;
                Combine(operation, wide, scratch, operand);
                _asm.CompareExchange(isLocked: true, size, address, scratch);
                _asm.JumpIf(Condition.NotEqual, again);
                break;
        }
    }

    /// <summary>What goes to memory, made of what is there (in rax) and the operand.</summary>
    private void Combine(AtomicOperation operation, bool wide, Gpr d, Gpr operand)
    {
        _asm.Move(wide, d, Gpr.Rax);
        switch (operation)
        {
            case AtomicOperation.Add: _asm.Alu(AluOp.Add, wide, d, operand); return;
            case AtomicOperation.And: _asm.Alu(AluOp.And, wide, d, operand); return;
            case AtomicOperation.Or: _asm.Alu(AluOp.Or, wide, d, operand); return;
            case AtomicOperation.Xor: _asm.Alu(AluOp.Xor, wide, d, operand); return;
        }
        _asm.Alu(AluOp.Cmp, wide, d, operand);
        _asm.MoveIf(operation switch
        {
            AtomicOperation.MinimumSigned => Condition.Greater,
            AtomicOperation.MaximumSigned => Condition.Less,
            AtomicOperation.MinimumUnsigned => Condition.Above,
            _ => Condition.Below,
        }, wide, d, operand);
    }
}
