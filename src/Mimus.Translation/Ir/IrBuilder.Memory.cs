using Mimus.Isa;

namespace Mimus.Translation.Ir;

/// <content>Memory accesses. They take effect in order, and their faults leave the block.</content>
internal partial struct IrBuilder
{
    public readonly bool TryLoad(Value address, MemorySize size, out Value value)
    {
        value = Load(address, size, isSigned: false);
        return true;
    }

    public readonly bool TryLoadSigned(Value address, MemorySize size, out Value value)
    {
        value = Load(address, size, isSigned: size != MemorySize.Double);
        return true;
    }

    public readonly bool TryStore(Value address, MemorySize size, Value value)
    {
        var at = Split(address, out var displacement);
        Emit(IrOp.Store, at, Narrow(value, size), kind: (byte)size, immediate: displacement);
        return true;
    }

    public readonly bool TryLoadReserved(Value address, MemorySize size, out Value value)
    {
        value = new Value(Emit(IrOp.LoadReserved, address.Id, kind: (byte)size));
        return true;
    }

    public readonly bool TryStoreConditional(Value address, MemorySize size, Value value, out Value failed)
    {
        failed = new Value(Emit(IrOp.StoreConditional, address.Id, value.Id, kind: (byte)size));
        return true;
    }

    public readonly bool TryAtomic(AtomicOperation operation, Value address, MemorySize size, Value operand, out Value old)
    {
        old = new Value(Emit(IrOp.Atomic, address.Id, operand.Id, kind: (byte)size, variant: (byte)operation));
        return true;
    }

    private readonly Value Load(Value address, MemorySize size, bool isSigned)
    {
        var at = Split(address, out var displacement);
        return new Value(Emit(IrOp.Load, at, kind: (byte)size, variant: isSigned ? (byte)1 : (byte)0, immediate: displacement));
    }

    /// <summary>A constant that is added becomes the access's displacement.</summary>
    private readonly int Split(Value address, out ulong displacement)
    {
        ref var inst = ref _unit.Insts[address.Id];
        displacement = 0;
        if (inst.Op != IrOp.Add || !IsConstant(new Value(inst.B), out var constant) || (long)constant != (int)constant) return address.Id;
        displacement = constant;
        return inst.A;
    }

    /// <summary>Memory takes the low bits only, so what was made of the bits above them does not matter.</summary>
    private readonly int Narrow(Value value, MemorySize size)
    {
        ref var inst = ref _unit.Insts[value.Id];
        return inst.Op is IrOp.SignExtend or IrOp.ZeroExtend && inst.Kind >= (byte)size ? inst.A : value.Id;
    }
}
