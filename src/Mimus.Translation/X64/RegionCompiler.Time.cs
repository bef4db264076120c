using Mimus.Core.Timing;
using Mimus.Isa;
using Mimus.Translation.Ir;

namespace Mimus.Translation.X64;

/// <content>The processor's time, computed from the host's cycles as <see cref="ClockRecord"/> says. Where its record does not hold, the instruction is the interpreter's.</content>
internal sealed partial class RegionCompiler
{
    private void ReadTime(in Inst inst)
    {
        var source = _settings.Time!.Value;
        Reserve(Gpr.Rax);
        Reserve(Gpr.Rdx);
        Gpr address = Temporary(), validity = Temporary();
        _asm.MoveImmediate(address, (ulong)source.Record);
        _asm.Load(MemorySize.Double, false, validity, new Address(address, ClockRecord.ValidityOffset));
        // What another processor did after it had read its time must not be seen before ours is read.
        if (_settings.SharesMemory) _asm.LoadFence();
        _asm.ReadCycles();
        _asm.Shift(ShiftOp.Shl, true, Gpr.Rdx, 32);
        _asm.Alu(AluOp.Or, true, Gpr.Rax, Gpr.Rdx);
        _asm.Alu(AluOp.Sub, true, Gpr.Rax, new Address(address, ClockRecord.CyclesOffset));
        _asm.Alu(AluOp.Cmp, true, Gpr.Rax, validity);
        AddSite(inst, Condition.AboveOrEqual, default);
        _asm.Load(MemorySize.Double, false, Gpr.Rdx, new Address(address, ClockRecord.MultiplierOffset));
        _asm.MultiplyWide(false, true, Gpr.Rdx);
        _asm.Alu(AluOp.Add, true, Gpr.Rdx, new Address(address, ClockRecord.NanosecondsOffset));
        _asm.Alu(AluOp.Cmp, true, validity, new Address(address, ClockRecord.ValidityOffset));
        AddSite(inst, Condition.NotEqual, default);
        Scale(source, address, validity);
        _asm.MoveImmediate(address, (ulong)source.Offset);
        _asm.Alu(AluOp.Add, true, Gpr.Rdx, new Address(address, 0));
        DefineAt(Gpr.Rdx);
    }

    /// <summary>Nanoseconds in rdx become ticks.</summary>
    private void Scale(in TickSource source, Gpr whole, Gpr factor)
    {
        if (source.Fraction == 0)
        {
            if (source.Whole == 1) return;
            _asm.MoveImmediate(factor, source.Whole);
            _asm.Multiply(true, Gpr.Rdx, factor);
            return;
        }
        _asm.MoveImmediate(Gpr.Rax, source.Fraction);
        if (source.Whole != 0)
        {
            _asm.MoveImmediate(whole, source.Whole);
            _asm.Multiply(true, whole, Gpr.Rdx);
        }
        _asm.MultiplyWide(false, true, Gpr.Rdx);
        if (source.Whole != 0) _asm.Alu(AluOp.Add, true, Gpr.Rdx, whole);
    }
}
