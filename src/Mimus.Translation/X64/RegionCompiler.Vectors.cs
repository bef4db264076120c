using Mimus.Isa;
using Mimus.Translation.Ir;

namespace Mimus.Translation.X64;

/// <content>Vectors: they are in the state's memory before and after each operation, which has a register for the moment only.</content>
internal sealed unsafe partial class RegionCompiler
{
    private const int SlotBytes = sizeof(ulong), LongestVector = 32;

    private readonly bool[] _isVectorSlot = new bool[SlotCount];

    /// <summary>Slots that vector operations reach by themselves keep no register.</summary>
    private void FindVectorSlots()
    {
        Array.Clear(_isVectorSlot);
        for (var i = 0; i < _unit.Count; i++)
        {
            ref var inst = ref _insts[i];
            if (inst.Op is IrOp.VectorLoad or IrOp.VectorStore) Mark(inst.Slot, inst.Kind);
            if (inst.Op != IrOp.Vector) continue;
            var operands = VectorOperands.Unpack(inst.Immediate);
            Mark(operands.Target, operands.Bytes);
            Mark(operands.A, operands.Bytes);
            Mark(operands.B, operands.Bytes);
        }

        void Mark(int slot, int bytes) => Array.Fill(_isVectorSlot, true, slot, bytes / SlotBytes);
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
        StoreVectorSlots(operands.A, operands.Bytes);
        StoreVectorSlots(operands.B, operands.Bytes);
        var x = AllocateXmm();
        if (Assembler.IsBinary(operation)) _asm.LoadVector(is256, x, HostLayout.Slot(operands.A));
        _asm.Vector(operation, is256, x, x, HostLayout.Slot(operands.B), operands.Control);
        ForgetVectorSlots(operands.Target, operands.Bytes);
        _asm.StoreVector(is256, HostLayout.Slot(operands.Target), x);
    }

    private void LoadVector(in Inst inst)
    {
        var @base = Use(inst.A);
        Gpr addend = Temporary(), tag = Temporary();
        var x = AllocateXmm();
        // Where the load faults, what the slots are to have is in memory.
        StoreVectorSlots(inst.Slot, inst.Kind);
        ForgetVectorSlots(inst.Slot, inst.Kind);
        var stub = _stubs.Count;
        Translate(inst, (MemorySize)inst.Kind, false, @base, addend, tag, default, mustBeAligned: false);
        var is256 = inst.Kind == LongestVector;
        _asm.LoadVector(is256, x, new Address(@base, addend, 1, (int)inst.Immediate));
        _asm.StoreVector(is256, HostLayout.Slot(inst.Slot), x);
        EndSite(stub);
    }

    private void StoreVector(in Inst inst)
    {
        var @base = Use(inst.A);
        StoreVectorSlots(inst.Slot, inst.Kind);
        Gpr addend = Temporary(), tag = Temporary();
        var x = AllocateXmm();
        var stub = _stubs.Count;
        Translate(inst, (MemorySize)inst.Kind, true, @base, addend, tag, default, mustBeAligned: false);
        var is256 = inst.Kind == LongestVector;
        _asm.LoadVector(is256, x, HostLayout.Slot(inst.Slot));
        _asm.StoreVector(is256, new Address(@base, addend, 1, (int)inst.Immediate), x);
        EndSite(stub);
    }

    /// <summary>What slots of a vector are to have comes into memory.</summary>
    private void StoreVectorSlots(int first, int bytes)
    {
        for (var slot = first; slot < first + (bytes / SlotBytes); slot++)
        {
            if (_dirtySlots.Contains(slot)) StoreSlot(slot);
        }
    }

    /// <summary>The slots' memory is about to be overwritten.</summary>
    private void ForgetVectorSlots(int first, int bytes)
    {
        for (var slot = first; slot < first + (bytes / SlotBytes); slot++)
        {
            RescueMemory(slot, Free);
            _memoryValue[slot] = Free;
            if (_dirtySlots.Remove(slot)) _holders[_slotValue[slot]]--;
            _slotValue[slot] = Free;
        }
    }
}
