using System.Diagnostics;
using System.Numerics;
using Mimus.Isa;
using Mimus.Translation.Ir;

namespace Mimus.Translation.X64;

/// <content>Where values are: registers, spills, the memory of slots. A value can be in several places at once.</content>
internal sealed unsafe partial class RegionCompiler
{
    /// <summary>A pinned register with its slot's value, which no operation of this block defined.</summary>
    private const int Opaque = -2;

    private const int Free = -1;

    private static readonly Gpr[] s_pinnable = [Gpr.Rbx, Gpr.Rsi, Gpr.Rdi, Gpr.Rbp, Gpr.R8, Gpr.R9, Gpr.R10];
    private static readonly Xmm[] s_pinnableXmm =
        [Xmm.Xmm4, Xmm.Xmm5, Xmm.Xmm6, Xmm.Xmm7, Xmm.Xmm8, Xmm.Xmm9, Xmm.Xmm10, Xmm.Xmm11, Xmm.Xmm12, Xmm.Xmm13, Xmm.Xmm14, Xmm.Xmm15];

    /// <summary>Values go to the first that is free; short-lived ones are taken from the end.</summary>
    private static readonly Gpr[] s_order =
        [Gpr.Rbx, Gpr.Rsi, Gpr.Rdi, Gpr.Rbp, Gpr.R8, Gpr.R9, Gpr.R10, Gpr.R11, Gpr.R13, Gpr.Rdx, Gpr.Rcx, Gpr.Rax];

    private readonly int[] _gprValue = new int[16];
    private readonly int[] _xmmValue = new int[16];
    private readonly int[] _pinnedGpr = new int[SlotCount];
    private readonly int[] _pinnedXmm = new int[SlotCount];
    private readonly List<(int Slot, Gpr Register)> _pins = [];
    private readonly List<(int Slot, Xmm Register)> _xmmPins = [];
    private readonly int[] _slotValue = new int[SlotCount];
    private readonly int[] _memoryValue = new int[SlotCount];
    private readonly List<int> _dirtySlots = [];
    private readonly List<int> _knownSlots = [];
    private readonly int[] _spillValue = new int[HostLayout.SpillCount];
    private sbyte[] _gprOf = [];
    private sbyte[] _xmmOf = [];
    private short[] _spillOf = [];
    private short[] _memoryOf = [];
    private byte[] _holders = [];
    private uint _pinnedMask, _pinnedXmmMask;
    private uint _locked, _lockedXmm;

    private void GrowPlaces(int count)
    {
        _gprOf = new sbyte[count];
        _xmmOf = new sbyte[count];
        _spillOf = new short[count];
        _memoryOf = new short[count];
        _holders = new byte[count];
    }

    private void ClearPins()
    {
        _pins.Clear();
        _xmmPins.Clear();
        ClearVectorPins();
        _pinnedMask = _pinnedXmmMask = 0;
        Array.Fill(_pinnedGpr, Free);
        Array.Fill(_pinnedXmm, Free);
        Array.Fill(_slotValue, Free);
        Array.Fill(_memoryValue, Free);
        Array.Fill(_spillValue, Free);
        var count = _unit.Count + MaximumGroups;
        Array.Fill(_gprOf, (sbyte)Free, 0, count);
        Array.Fill(_xmmOf, (sbyte)Free, 0, count);
        Array.Fill(_spillOf, (short)Free, 0, count);
        Array.Fill(_memoryOf, (short)Free, 0, count);
        Array.Clear(_holders, 0, count);
    }

    private void Pin(Gpr register, int slot)
    {
        if (slot < 0) return;
        _pins.Add((slot, register));
        _pinnedGpr[slot] = (int)register;
        _pinnedMask |= 1u << (int)register;
    }

    private void PinXmm(Xmm register, int slot)
    {
        if (slot < 0) return;
        _xmmPins.Add((slot, register));
        _pinnedXmm[slot] = (int)register;
        _pinnedXmmMask |= 1u << (int)register;
    }

    private void LoadPins()
    {
        foreach (var (slot, register) in _pins) _asm.Load(MemorySize.Double, false, register, HostLayout.Slot(slot));
        foreach (var (slot, register) in _xmmPins) _asm.LoadFloat(true, register, HostLayout.Slot(slot));
        LoadVectorPins();
    }

    private void StorePins()
    {
        foreach (var (slot, register) in _pins)
        {
            if (_isModified[slot]) _asm.Store(MemorySize.Double, HostLayout.Slot(slot), register);
        }
        foreach (var (slot, register) in _xmmPins)
        {
            if (_isModified[slot]) _asm.StoreFloat(true, HostLayout.Slot(slot), register);
        }
        StoreVectorPins();
    }

    /// <summary>Between blocks only pinned registers hold anything.</summary>
    private void BeginBlock()
    {
        Array.Fill(_gprValue, Free);
        Array.Fill(_xmmValue, Free);
        Array.Fill(_spillValue, Free);
        foreach (var (_, register) in _pins) _gprValue[(int)register] = Opaque;
        foreach (var (_, register) in _xmmPins) _xmmValue[(int)register] = Opaque;
        ForgetSlots();
        _ranFloats = false;
    }

    private void ForgetSlots()
    {
        foreach (var slot in _knownSlots) _slotValue[slot] = _memoryValue[slot] = Free;
        _knownSlots.Clear();
        _dirtySlots.Clear();
    }

    private bool IsConstant(int id, out ulong value)
    {
        ref var inst = ref _insts[id];
        value = inst.Immediate;
        return inst.Op == IrOp.Constant;
    }

    private bool IsConstant32(int id, out int value)
    {
        value = 0;
        if (!IsConstant(id, out var wide) || (long)wide != (int)wide) return false;
        value = (int)wide;
        return true;
    }

    /// <summary>Whether a value is still wanted after the current operation.</summary>
    private bool IsNeeded(int id) => _lastUse[id] > _at || _holders[id] != 0;

    /// <summary>Whether a register can be given away: empty, or with a value that is dead or is also elsewhere.</summary>
    private bool IsFree(int value) => value == Free || (value >= 0 && _lastUse[value] < _at && _holders[value] == 0);

    /// <summary>A register for a value; whatever was in it is somewhere else afterwards.</summary>
    private Gpr Allocate()
    {
        foreach (var register in s_order)
        {
            if (IsAvailable(register) && IsFree(_gprValue[(int)register])) return Take(register);
        }
        return EvictOne();
    }

    /// <summary>A register that is used up inside the current operation.</summary>
    private Gpr Temporary()
    {
        for (var i = s_order.Length - 1; i >= 0; i--)
        {
            if (IsAvailable(s_order[i]) && IsFree(_gprValue[(int)s_order[i]])) return Take(s_order[i]);
        }
        return EvictOne();
    }

    private bool IsAvailable(Gpr register) => ((_pinnedMask | _locked) & (1u << (int)register)) == 0;

    private Gpr Take(Gpr register)
    {
        Drop(register);
        _locked |= 1u << (int)register;
        return register;
    }

    /// <summary>Takes a register by name, moving what is in it elsewhere. It must not be locked.</summary>
    private void Reserve(Gpr register)
    {
        Debug.Assert((_pinnedMask & (1u << (int)register)) == 0, "a fixed register is pinned");
        _locked |= 1u << (int)register;
        var value = _gprValue[(int)register];
        if (value < 0 || !IsStillWanted(value))
        {
            Drop(register);
            return;
        }
        foreach (var other in s_order)
        {
            if (!IsAvailable(other) || !IsFree(_gprValue[(int)other])) continue;
            Drop(other);
            _asm.Move(true, other, register);
            _gprValue[(int)register] = Free;
            _gprValue[(int)other] = value;
            _gprOf[value] = (sbyte)other;
            return;
        }
        Save(value);
        Drop(register);
    }

    /// <summary>As <see cref="IsNeeded"/>, but the current operation has not read its operands yet.</summary>
    private bool IsStillWanted(int value) => _lastUse[value] >= _at || _holders[value] != 0;

    private Gpr EvictOne()
    {
        var best = -1;
        foreach (var register in s_order)
        {
            if (!IsAvailable(register)) continue;
            var value = _gprValue[(int)register];
            if (best < 0 || Cost(value) < Cost(_gprValue[best])) best = (int)register;
        }
        Debug.Assert(best >= 0, "all registers are locked");
        Save(_gprValue[best]);
        return Take((Gpr)best);
    }

    /// <summary>What it would cost to have a value out of its register: those in other places cost least, then those used late.</summary>
    private int Cost(int value)
    {
        if (_insts[value].Op == IrOp.Constant || _memoryOf[value] >= 0 || _spillOf[value] >= 0 || _xmmOf[value] >= 0) return -_lastUse[value] - 100_000;
        return (_holders[value] != 0 ? -50_000 : 0) - _lastUse[value];
    }

    /// <summary>Sees to it that a value is in another place than its general register.</summary>
    private void Save(int value)
    {
        if (!IsStillWanted(value) || _insts[value].Op == IrOp.Constant || _memoryOf[value] >= 0 || _spillOf[value] >= 0 || _xmmOf[value] >= 0) return;
        if (_holders[value] != 0)
        {
            foreach (var slot in _dirtySlots)
            {
                if (_slotValue[slot] != value) continue;
                StoreSlot(slot);
                return;
            }
        }
        var spill = AllocateSpill(value);
        _asm.Store(MemorySize.Double, HostLayout.Spill(spill), (Gpr)_gprOf[value]);
    }

    private int AllocateSpill(int value)
    {
        for (var i = 0; i < _spillValue.Length; i++)
        {
            var old = _spillValue[i];
            if (old >= 0 && IsStillWanted(old)) continue;
            if (old >= 0) _spillOf[old] = Free;
            _spillValue[i] = value;
            _spillOf[value] = (short)i;
            return i;
        }
        throw new InvalidOperationException("a block needs more spills than there are");
    }

    /// <summary>Forgets what a general register holds.</summary>
    private void Drop(Gpr register)
    {
        var value = _gprValue[(int)register];
        if (value >= 0 && _gprOf[value] == (int)register) _gprOf[value] = Free;
        _gprValue[(int)register] = Free;
    }

    private void Assign(Gpr register, int value)
    {
        _gprValue[(int)register] = value;
        _gprOf[value] = (sbyte)register;
    }

    /// <summary>A value in a general register, locked until the operation is done.</summary>
    private Gpr Use(int value)
    {
        if (_gprOf[value] < 0)
        {
            var register = Allocate();
            Fetch(register, value);
            Assign(register, value);
        }
        _locked |= 1u << _gprOf[value];
        return (Gpr)_gprOf[value];
    }

    /// <summary>Copies a value into a register.</summary>
    private void Fetch(Gpr register, int value)
    {
        if (_gprOf[value] >= 0)
        {
            if (_gprOf[value] != (int)register) _asm.Move(true, register, (Gpr)_gprOf[value]);
        }
        else if (IsConstant(value, out var constant)) _asm.MoveImmediate(register, constant);
        else if (_xmmOf[value] >= 0) _asm.MoveFromXmm(!IsNarrow(value), register, (Xmm)_xmmOf[value]);
        else if (_spillOf[value] >= 0) _asm.Load(MemorySize.Double, false, register, HostLayout.Spill(_spillOf[value]));
        else if (_memoryOf[value] >= 0) _asm.Load(MemorySize.Double, false, register, HostLayout.Slot(_memoryOf[value]));
        else throw new InvalidOperationException($"value {value} is nowhere");
    }

    /// <summary>A single-precision result: the host leaves the upper half of the register as it was.</summary>
    private bool IsNarrow(int value)
    {
        ref var inst = ref _insts[value];
        return inst.Kind == 0 && IrOps.Info(inst.Op).GivesFloat;
    }

    /// <summary>The register for a result: the slot's own where it goes to a pinned one, else any.</summary>
    private Gpr Define(int value)
    {
        var register = TryDefineInPin(value, out var pinned) ? pinned : Allocate();
        Bind(register, value);
        return register;
    }

    /// <summary>The result is in a register that the operation took; it stays there unless its slot has one.</summary>
    private void DefineAt(Gpr register)
    {
        if (TryDefineInPin(_at, out var pinned))
        {
            _asm.Move(true, pinned, register);
            register = pinned;
        }
        Bind(register, _at);
    }

    /// <summary>
    /// The register for a result that may be where the first operand is, if nobody wants that any more. The operand has been moved there
    /// when this returns.
    /// </summary>
    private Gpr DefineFrom(int value, int operand, int other = Free)
    {
        Gpr register;
        if (TryDefineInPin(value, out var pinned) && (other < 0 || _gprOf[other] != (int)pinned || _gprOf[operand] == (int)pinned))
        {
            register = pinned;
            Fetch(register, operand);
        }
        else if (_gprOf[operand] >= 0 && !IsNeeded(operand) && (_pinnedMask & (1u << _gprOf[operand])) == 0 && _insts[operand].Op != IrOp.Constant)
        {
            register = (Gpr)_gprOf[operand];
        }
        else
        {
            register = Allocate();
            Fetch(register, operand);
        }
        Bind(register, value);
        return register;
    }

    private void Bind(Gpr register, int value)
    {
        var old = _gprValue[(int)register];
        if (old >= 0 && old != value && _gprOf[old] == (int)register) _gprOf[old] = Free;
        Assign(register, value);
        _locked |= 1u << (int)register;
    }

    private bool TryDefineInPin(int value, out Gpr register)
    {
        register = default;
        if (_hint[value] < 0 || _pinnedGpr[_hint[value]] < 0) return false;
        register = (Gpr)_pinnedGpr[_hint[value]];
        var old = _gprValue[(int)register];
        return old < 0 || !IsNeeded(old) || HasOtherPlace(old);
    }

    private bool HasOtherPlace(int value) => _xmmOf[value] >= 0 || _spillOf[value] >= 0 || _memoryOf[value] >= 0;

    private Place PlaceOf(int value, in Site site)
    {
        if (IsConstant(value, out var constant)) return PlaceOfConstant(constant, site);
        if (_gprOf[value] >= 0) return new Place((Gpr)_gprOf[value]);
        if (_xmmOf[value] >= 0) return new Place(IsNarrow(value) ? PlaceKind.NarrowXmm : PlaceKind.Xmm, (byte)_xmmOf[value]);
        if (_spillOf[value] >= 0) return new Place(PlaceKind.Spill, (byte)_spillOf[value]);
        if (_memoryOf[value] >= 0) return new Place(PlaceKind.Slot, (byte)_memoryOf[value]);
        throw new InvalidOperationException($"value {value} is nowhere at a site");
    }

    /// <summary>The register with what the current operation computed; none where it emitted nothing to compute it.</summary>
    private Place PlaceOfResult()
    {
        if (_gprOf[_at] >= 0) return new Place((Gpr)_gprOf[_at]);
        return _xmmOf[_at] >= 0 ? new Place((Xmm)_xmmOf[_at]) : default;
    }

    private Place PlaceOfConstant(ulong constant, in Site site)
    {
        for (var i = site.FirstConstant; i < _records.Constants.Count; i++)
        {
            if (_records.Constants[i] == constant) return new Place(PlaceKind.Constant, checked((byte)(i - site.FirstConstant)));
        }
        _records.Constants.Add(constant);
        return new Place(PlaceKind.Constant, checked((byte)(_records.Constants.Count - 1 - site.FirstConstant)));
    }

    /// <summary>Writes the pending value of a slot to memory.</summary>
    private void StoreSlot(int slot)
    {
        var value = _slotValue[slot];
        RescueMemory(slot, value);
        if (IsConstant32(value, out var constant)) _asm.StoreImmediate(MemorySize.Double, HostLayout.Slot(slot), constant);
        else if (_gprOf[value] < 0 && _xmmOf[value] >= 0 && !IsNarrow(value)) _asm.StoreFloat(true, HostLayout.Slot(slot), (Xmm)_xmmOf[value]);
        else
        {
            var locked = _locked;
            _asm.Store(MemorySize.Double, HostLayout.Slot(slot), Use(value));
            _locked = locked;
        }
        _memoryValue[slot] = value;
        _memoryOf[value] = (short)slot;
        _dirtySlots.Remove(slot);
        _holders[value]--;
    }

    /// <summary>A value whose only place is the slot's memory finds another before that is overwritten.</summary>
    private void RescueMemory(int slot, int next)
    {
        var old = _memoryValue[slot];
        if (old < 0 || old == next || _memoryOf[old] != slot) return;
        if (IsStillWanted(old) && _gprOf[old] < 0 && _xmmOf[old] < 0 && _spillOf[old] < 0)
        {
            // There may be no free register at all when this happens, so one is lent.
            var scratch = HostLayout.Engine(HostLayout.Scratch);
            _asm.Store(MemorySize.Double, scratch, Gpr.Rax);
            _asm.Load(MemorySize.Double, false, Gpr.Rax, HostLayout.Slot(slot));
            _asm.Store(MemorySize.Double, HostLayout.Spill(AllocateSpill(old)), Gpr.Rax);
            _asm.Load(MemorySize.Double, false, Gpr.Rax, scratch);
        }
        _memoryOf[old] = Free;
    }

    private void StoreDirtySlots()
    {
        while (_dirtySlots.Count > 0) StoreSlot(_dirtySlots[^1]);
    }

    private static int Bits(uint mask) => BitOperations.PopCount(mask);
}
