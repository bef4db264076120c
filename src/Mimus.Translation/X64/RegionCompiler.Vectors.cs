using System.Runtime.InteropServices;
using Mimus.Isa;
using Mimus.Translation.Ir;

namespace Mimus.Translation.X64;

/// <content>
/// Vectors. Across the blocks of a region the busiest of 128 bits have a register of their own, as slots have; all others are in the state's memory
/// before and after each operation, which has a register for the moment only.
/// </content>
internal sealed unsafe partial class RegionCompiler
{
    private const int SlotBytes = sizeof(ulong), PinnedBytes = 2 * SlotBytes, LongestVector = 32;

    private readonly bool[] _isVectorSlot = new bool[SlotCount];
    private readonly bool[] _isLongVectorSlot = new bool[SlotCount];
    private readonly PinnedVector?[] _pinnedVector = new PinnedVector?[SlotCount];
    private readonly List<PinnedVector> _vectorPins = [];

    /// <summary>A register that has the vector which begins with a slot.</summary>
    private readonly record struct PinnedVector(int Slot, Xmm Register);

    /// <summary>Slots that vector operations reach keep no register of 64 bits. Operations on 256 bits have them in memory.</summary>
    private void ChooseVectorPins()
    {
        Array.Clear(_isVectorSlot);
        Array.Clear(_isLongVectorSlot);
        _weighted.Clear();
        var blocks = CollectionsMarshal.AsSpan(_unit.Blocks);
        for (var b = 0; b < blocks.Length; b++)
        {
            for (var i = blocks[b].First; i < blocks[b].Last; i++)
            {
                ref var inst = ref _insts[i];
                if (inst.Op is IrOp.VectorLoad or IrOp.VectorStore) WeighVector(inst.Slot, inst.Kind, _blockWeights[b], isTarget: inst.Op == IrOp.VectorLoad);
                if (inst.Op != IrOp.Vector) continue;
                var operands = VectorOperands.Unpack(inst.Immediate);
                WeighVector(operands.Target, operands.Bytes, _blockWeights[b], isTarget: true);
                WeighVector(operands.A, operands.Bytes, _blockWeights[b], isTarget: false);
                WeighVector(operands.B, operands.Bytes, _blockWeights[b], isTarget: false);
            }
        }
        foreach (var slot in _weighted) _isFloatSlot[slot] = !_isLongVectorSlot[slot];
        foreach (var register in s_pinnableXmm) PinVector(register, TakeHeaviest(isFloat: true));
        foreach (var slot in _weighted) _pinWeight[slot] = 0;
    }

    private void WeighVector(int slot, int bytes, int weight, bool isTarget)
    {
        var count = SlotsOf(bytes);
        Array.Fill(_isVectorSlot, true, slot, count);
        if (isTarget) Array.Fill(_isModified, true, slot, count);
        if (bytes == LongestVector) _isLongVectorSlot[slot] = true;
        if (_pinWeight[slot] == 0) _weighted.Add(slot);
        _pinWeight[slot] += weight;
    }

    /// <summary>A load of less than a vector fills the rest of 128 bits with zeroes.</summary>
    private static int SlotsOf(int bytes) => Math.Max(bytes, PinnedBytes) / SlotBytes;

    private void PinVector(Xmm register, int slot)
    {
        if (slot < 0) return;
        var vector = new PinnedVector(slot, register);
        _vectorPins.Add(vector);
        _pinnedVector[slot] = _pinnedVector[slot + 1] = vector;
        _pinnedXmmMask |= 1u << (int)register;
    }

    private void ClearVectorPins()
    {
        _vectorPins.Clear();
        Array.Clear(_pinnedVector);
    }

    private void LoadVectorPins()
    {
        foreach (var (slot, register) in _vectorPins) _asm.LoadVector(false, register, HostLayout.Slot(slot));
    }

    private void StoreVectorPins()
    {
        foreach (var (slot, register) in _vectorPins)
        {
            if (_isModified[slot] || _isModified[slot + 1]) _asm.StoreVector(false, HostLayout.Slot(slot), register);
        }
    }

    private void HoldVectorPins()
    {
        foreach (var (slot, register) in _vectorPins)
        {
            if (_isModified[slot]) _records.Holdings.Add(new Holding((byte)slot, new Place(register)));
            if (_isModified[slot + 1]) _records.Holdings.Add(new Holding((byte)(slot + 1), new Place(PlaceKind.XmmHigh, (byte)register)));
        }
    }

    private void ReadHalf(PinnedVector vector, int slot)
    {
        if (slot == vector.Slot) _asm.MoveFromXmm(true, Define(_at), vector.Register);
        else _asm.ExtractHalf(Define(_at), vector.Register, 1);
    }

    private void WriteHalf(PinnedVector vector, int slot, int value)
    {
        var half = slot - vector.Slot;
        if (half == 0 && ClearsOtherHalf(slot + 1))
        {
            _asm.MoveToXmm(true, vector.Register, Use(value));
            _isDead[_at + 1] = true;
        }
        else _asm.InsertHalf(vector.Register, Use(value), half);
    }

    /// <summary>Whether the next operation clears a slot: moves that fill the lower half do both.</summary>
    private bool ClearsOtherHalf(int slot)
    {
        if (_at + 1 >= _unit.Blocks[_block].Last || _isDead[_at + 1]) return false;
        ref var next = ref _insts[_at + 1];
        return next.Op == IrOp.WriteSlot && next.Slot == slot && IsConstant(next.A, out var constant) && constant == 0;
    }

    private void LowerVector(in Inst inst)
    {
        switch (inst.Op)
        {
            case IrOp.VectorLoad: LoadVector(inst); break;
            case IrOp.VectorStore: StoreVector(inst); break;
            default: ComputeVector(inst); break;
        }
    }

    private void ComputeVector(in Inst inst)
    {
        var operation = (IrVector)inst.Slot;
        var operands = VectorOperands.Unpack(inst.Immediate);
        var is256 = operands.Bytes == LongestVector;
        if (Assembler.IsFloat(operation)) NoteFloats();
        var target = _pinnedVector[operands.Target];
        var d = target?.Register ?? AllocateXmm();
        var a = Assembler.IsBinary(operation) ? UseVector(operands.A, is256) : d;
        if (_pinnedVector[operands.B] is not null || Assembler.TakesRegister(operation)) _asm.Vector(operation, is256, d, a, UseVector(operands.B, is256), operands.Control);
        else
        {
            StoreVectorSlots(operands.B, operands.Bytes);
            _asm.Vector(operation, is256, d, a, HostLayout.Slot(operands.B), operands.Control);
        }
        if (target is not null) return;
        ForgetVectorSlots(operands.Target, operands.Bytes);
        _asm.StoreVector(is256, HostLayout.Slot(operands.Target), d);
    }

    private Xmm UseVector(int slot, bool is256)
    {
        if (_pinnedVector[slot] is { } pinned) return pinned.Register;
        StoreVectorSlots(slot, is256 ? LongestVector : PinnedBytes);
        var x = AllocateXmm();
        _asm.LoadVector(is256, x, HostLayout.Slot(slot));
        return x;
    }

    private void LoadVector(in Inst inst)
    {
        var @base = Use(inst.A);
        Gpr addend = Temporary(), tag = Temporary();
        var pinned = _pinnedVector[inst.Slot];
        var x = pinned?.Register ?? AllocateXmm();
        if (pinned is null)
        {
            // Where the load faults, what the slots are to have is in memory.
            StoreVectorSlots(inst.Slot, inst.Kind);
            ForgetVectorSlots(inst.Slot, inst.Kind);
        }
        var stub = _stubs.Count;
        Translate(inst, (MemorySize)inst.Kind, false, @base, addend, tag, default, mustBeAligned: false);
        var address = new Address(@base, addend, 1, (int)inst.Immediate);
        LoadPart(inst.Kind, x, address);
        if (pinned is null) _asm.StoreVector(inst.Kind == LongestVector, HostLayout.Slot(inst.Slot), x);
        else LetSiteLoad(stub, inst.Slot, x);
        EndSite(stub);
    }

    private void StoreVector(in Inst inst)
    {
        var @base = Use(inst.A);
        var pinned = _pinnedVector[inst.Slot];
        if (pinned is null) StoreVectorSlots(inst.Slot, inst.Kind);
        Gpr addend = Temporary(), tag = Temporary();
        var x = pinned?.Register ?? AllocateXmm();
        var stub = _stubs.Count;
        Translate(inst, (MemorySize)inst.Kind, true, @base, addend, tag, default, mustBeAligned: false);
        var address = new Address(@base, addend, 1, (int)inst.Immediate);
        if (pinned is null) LoadPart(inst.Kind, x, HostLayout.Slot(inst.Slot));
        else LetSiteStore(stub, inst.Slot, x);
        if (inst.Kind < PinnedBytes) _asm.StoreFloat(inst.Kind == SlotBytes, address, x);
        else _asm.StoreVector(inst.Kind == LongestVector, address, x);
        EndSite(stub);
    }

    private void LoadPart(int bytes, Xmm x, Address address)
    {
        if (bytes < PinnedBytes) _asm.LoadFloat(bytes == SlotBytes, x, address);
        else _asm.LoadVector(bytes == LongestVector, x, address);
    }

    /// <summary>C# loads vectors into the slots' memory, and stores them from there.</summary>
    private void LetSiteLoad(int stub, int slot, Xmm register) => CollectionsMarshal.AsSpan(_stubs)[stub].LoadedVector = new PinnedVector(slot, register);

    private void LetSiteStore(int stub, int slot, Xmm register) => CollectionsMarshal.AsSpan(_stubs)[stub].StoredVector = new PinnedVector(slot, register);

    /// <summary>What slots of a vector are to have comes into memory.</summary>
    private void StoreVectorSlots(int first, int bytes)
    {
        for (var slot = first; slot < first + SlotsOf(bytes); slot++)
        {
            if (_dirtySlots.Contains(slot)) StoreSlot(slot);
        }
    }

    /// <summary>The slots' memory is about to be overwritten.</summary>
    private void ForgetVectorSlots(int first, int bytes)
    {
        for (var slot = first; slot < first + SlotsOf(bytes); slot++)
        {
            RescueMemory(slot, Free);
            _memoryValue[slot] = Free;
            if (_dirtySlots.Remove(slot)) _holders[_slotValue[slot]]--;
            _slotValue[slot] = Free;
        }
    }
}
