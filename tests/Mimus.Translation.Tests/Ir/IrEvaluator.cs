using Mimus.Isa;
using Mimus.Isa.FloatingPoint;
using Mimus.Translation.Engine;
using Mimus.Translation.Ir;

namespace Mimus.Translation.Tests.Ir;

/// <summary>Carries out a unit one operation after the other: what all code compiled from it has to do.</summary>
internal sealed unsafe class IrEvaluator(IrUnit unit, FakeCpu cpu, FakeMemory memory)
{
    private const int GranuleBits = 6;
    private const int MaximumBlocks = 10_000;

    private readonly ulong[] _values = new ulong[unit.Count];

    /// <summary>Runs from a block to where it ends or leaves the unit; instructions before it have retired already.</summary>
    public IrOutcome Run(ulong pc, ulong retired = 0)
    {
        for (var count = 0; count < MaximumBlocks; count++)
        {
            var number = unit.Blocks.FindIndex(b => b.Pc == pc);
            if (number < 0) return new IrOutcome(EndKind.Left, pc, retired);
            var block = unit.Blocks[number];
            for (var id = block.First; id < block.Last; id++)
            {
                if (Do(id, retired) is { } end) return end;
            }
            retired += (ulong)block.Instructions;
            pc = block.End switch
            {
                BlockEnd.Branch => _values[block.Value] != 0 ? block.Taken : block.Next,
                BlockEnd.Indirect or BlockEnd.Return => _values[block.Value],
                _ => block.Next,
            };
        }
        return new IrOutcome(EndKind.Endless, pc, retired);
    }

    private IrOutcome? Do(int id, ulong retired)
    {
        ref var inst = ref unit.Insts[id];
        var (pc, ordinal) = unit.Guests[inst.Guest];
        ulong a = Value(inst.A), b = Value(inst.B), c = Value(inst.C);
        ref var result = ref _values[id];
        switch (inst.Op)
        {
            case IrOp.Constant: result = inst.Immediate; break;
            case IrOp.ReadSlot: result = cpu.Slots[inst.Slot]; break;
            case IrOp.WriteSlot: cpu.Slots[inst.Slot] = a; break;
            case IrOp.Compare: result = IrMath.Holds((Relation)inst.Kind, a, b) ? 1u : 0u; break;
            case IrOp.Select: result = a != 0 ? b : c; break;
            case IrOp.SignExtend or IrOp.ZeroExtend or IrOp.CountLeadingZeros or IrOp.CountTrailingZeros or IrOp.CountOnes or IrOp.ReverseBytes:
                result = IrMath.Unary(inst.Op, a, (MemorySize)inst.Kind);
                break;
            case IrOp.FloatCall: result = Float(unit.FloatHelpers[inst.Slot], a, b, c, inst.Immediate); break;
            // A single is the low half of its operand.
            case >= IrOp.FloatAdd and <= IrOp.FloatToInteger when inst.Kind == 0 != (inst.Op == IrOp.FloatConvert) && (a | b | c) > uint.MaxValue:
                result = Float(FloatHelperTable.Of(inst.Op, inst.Kind != 0, inst.Variant), (uint)a, (uint)b, (uint)c, inst.Op == IrOp.FloatToInteger ? inst.Immediate : 0);
                break;
            case IrOp.FloatToInteger: result = Float(FloatHelperTable.Of(inst.Op, inst.Kind != 0, inst.Variant), a, b, c, inst.Immediate); break;
            case >= IrOp.FloatAdd and <= IrOp.IntegerToFloat: result = Float(FloatHelperTable.Of(inst.Op, inst.Kind != 0, inst.Variant), a, b, c, 0); break;
            case >= IrOp.Load and <= IrOp.CompareExchange: result = Access(inst, a + inst.Immediate, b, c); break;
            case IrOp.Fence: break;
            case IrOp.ReadTime: result = StandingTime.Ticks; break;
            case IrOp.TrapIf:
                if (a != 0) cpu.RaiseTrap(inst.Kind, b);
                break;
            case IrOp.GuardZero:
                if (a != 0) return new IrOutcome(EndKind.Guarded, pc, retired + (ulong)ordinal);
                break;
            case IrOp.Call or IrOp.TryCall: result = unit.Helpers[inst.Slot].Method(cpu, a, b); break;
            default: result = IrMath.Binary(inst.Op, a, b); break;
        }
        if (!cpu.TrapPending) return null;
        cpu.TakeTrap(pc);
        return new IrOutcome(EndKind.Trapped, pc, retired + (ulong)ordinal, cpu.Trap.Cause, cpu.Trap.Value);
    }

    private ulong Value(int id) => id >= 0 ? _values[id] : 0;

    private ulong Float(FloatHelper helper, ulong a, ulong b, ulong c, ulong rounding)
    {
        var context = new FloatContext((RoundingMode)rounding, (FloatFlags)cpu.Slots[FakeCpu.FlagsSlot]);
        var result = helper.Call(a, b, c, ref context);
        cpu.Slots[FakeCpu.FlagsSlot] = (ulong)context.Flags;
        return result;
    }

    private ulong Access(in Inst inst, ulong address, ulong value, ulong third) =>
        Access(cpu, memory, inst.Op, (MemorySize)inst.Kind, inst.Variant, address, value, third);

    /// <summary>An access; where it faults, the CPU has a trap pending. Emitted code comes here, too, where it does not go on by itself.</summary>
    public static ulong Access(FakeCpu cpu, FakeMemory memory, IrOp op, MemorySize size, byte variant, ulong address, ulong value, ulong third)
    {
        var kind = op is IrOp.Load or IrOp.LoadReserved ? MemoryAccess.Load : MemoryAccess.Store;
        var host = memory.Find(cpu, address, size, kind, mustBeAligned: op is not (IrOp.Load or IrOp.LoadForUpdate or IrOp.Store));
        if (host == null) return 0;
        switch (op)
        {
            case IrOp.Load: return variant != 0 ? IrMath.Unary(IrOp.SignExtend, FakeMemory.Read(host, size), size) : FakeMemory.Read(host, size);
            case IrOp.LoadForUpdate: return FakeMemory.Read(host, size);
            case IrOp.Store:
                FakeMemory.Write(host, size, value);
                return 0;
            case IrOp.LoadReserved:
                memory.Granule = (nuint)host >> GranuleBits;
                return FakeMemory.Read(host, size);
            case IrOp.StoreConditional:
                // Compared with what was loaded is nothing: nobody else writes.
                var holds = memory.Granule == (nuint)host >> GranuleBits;
                memory.Granule = nuint.MaxValue;
                if (holds) FakeMemory.Write(host, size, value);
                return holds ? 0u : 1u;
            // What is expected is compared as wide as the value is.
            case IrOp.CompareExchange: return AtomicMemory.CompareExchange(host, size, value, third);
            default: return AtomicMemory.Replace((AtomicOperation)variant, host, size, value);
        }
    }
}
