using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa.X86.Instructions;

/// <summary>The x87 registers as a stack, with its control and status words (SDM volume 1, chapter 8).</summary>
internal readonly unsafe ref struct X87Unit(X86Cpu cpu)
{
    public const ulong InvalidBit = 1, DenormalBit = 2, ZeroDivideBit = 4, StackFault = 0x40, Summary = 0x80, C0 = 0x100, C1 = 0x200, C2 = 0x400, C3 = 0x4000, Busy = 0x8000;

    private const ulong Exceptions = 63;
    private const int TopShift = 11;

    private readonly ref X86State _state = ref cpu.Registers;

    public ref ulong Status => ref _state.X87Status;

    public int Top
    {
        get => (int)(Status >> TopShift) & 7;
        set => Status = (Status & ~(7ul << TopShift)) | ((ulong)(value & 7) << TopShift);
    }

    public RoundingMode Rounding => SimdContext.ToMode((int)(_state.X87Control >> 10) & 3);

    /// <summary>What operations round by.</summary>
    public ExtendedContext Context => new(Rounding, (_state.X87Control >> 8 & 3) switch { 0 => 24, 2 => 53, _ => 64 });

    /// <summary>Whether the instruction runs: it may have to be emulated, or an exception of an earlier one be raised.</summary>
    public bool TryBegin(bool waits = true)
    {
        if ((_state.VectorsEnabled & (X86.Vectors.Legacy | X86.Vectors.Switched)) != X86.Vectors.Legacy) return cpu.Refuse(Fault.DeviceNotAvailable, 0);
        return !waits || (Status & Summary) == 0 || cpu.Refuse(Fault.FloatingPoint, 0);
    }

    public bool IsEmpty(int number) => ((_state.X87Used >> Place(number)) & 1) == 0;

    public ExtendedFloat this[int number]
    {
        get
        {
            var at = Place(number) * Slot.VectorSlots;
            return new ExtendedFloat(_state.X87[at], (ushort)_state.X87[at + 1]);
        }
        set
        {
            var at = Place(number) * Slot.VectorSlots;
            (_state.X87[at], _state.X87[at + 1]) = (value.Significand, value.SignExponent);
            _state.X87Used |= 1ul << Place(number);
        }
    }

    public void Free(int number) => _state.X87Used &= ~(1ul << Place(number));

    public void Pop()
    {
        Free(0);
        Top++;
    }

    /// <summary>Reads a register; of an empty one comes what a masked stack fault gives.</summary>
    public ExtendedFloat Read(int number, ref ulong raised)
    {
        if (!IsEmpty(number)) return this[number];
        raised |= InvalidBit | StackFault;
        return ExtendedFloat.Indefinite;
    }

    /// <summary>Pushes; on a full stack the masked answer is no number.</summary>
    public void Push(ExtendedFloat value, ulong raised = 0)
    {
        if (!IsEmpty(-1))
        {
            // C1 tells a full stack from an empty operand, which counts first.
            var direction = (raised & StackFault) != 0 ? 0 : C1;
            value = ExtendedFloat.Indefinite;
            if (!Conclude(InvalidBit | StackFault, direction)) return;
        }
        else if (!Conclude(raised, 0)) return;
        Top--;
        this[0] = value;
    }

    /// <summary>Takes exceptions over; false when one is not masked that keeps the result from being written.</summary>
    public bool Conclude(in ExtendedContext context, ulong raised = 0)
    {
        var flags = context.Flags;
        raised |= ((flags & FloatFlags.Invalid) != 0 ? InvalidBit : 0) | ((flags & FloatFlags.DivideByZero) != 0 ? ZeroDivideBit : 0)
            | ((flags & FloatFlags.Overflow) != 0 ? 8u : 0) | ((flags & FloatFlags.Underflow) != 0 ? 16u : 0) | ((flags & FloatFlags.Inexact) != 0 ? 32u : 0);
        // What is invalid or divides by zero is found before a denormal operand.
        if (context.HadDenormal && (raised & (InvalidBit | ZeroDivideBit)) == 0) raised |= DenormalBit;
        return Conclude(raised, context.RoundedUp ? C1 : 0);
    }

    public bool Conclude(ulong raised, ulong conditionOne)
    {
        Status = (Status & ~C1) | conditionOne | raised;
        var wanted = raised & ~_state.X87Control & Exceptions;
        if (wanted == 0) return true;
        Status |= Summary | Busy;
        return (wanted & (InvalidBit | DenormalBit | ZeroDivideBit)) == 0;
    }

    /// <summary>After a load of the control or status word: whether exceptions wait.</summary>
    public void UpdateSummary()
    {
        Status &= ~(Summary | Busy);
        if ((Status & ~_state.X87Control & Exceptions) != 0) Status |= Summary | Busy;
    }

    public void Initialize()
    {
        _state.X87Control = 0x37f;
        _state.X87Status = _state.X87Used = _state.X87Instruction = _state.X87Operand = _state.X87Opcode = 0;
    }

    private int Place(int number) => (Top + number) & 7;
}
