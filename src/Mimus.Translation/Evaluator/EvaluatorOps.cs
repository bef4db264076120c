using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Mimus.Isa;
using Mimus.Translation.Engine;

namespace Mimus.Translation.Evaluator;

/// <summary>Carries instruction semantics out at once.</summary>
internal unsafe partial struct EvaluatorOps : IGuestOps<U>
{
    private readonly ulong* _slots;
    private readonly EmulatedCpu _cpu;
    private readonly DataPath _data;
    private TranslationEntry* _reads, _writes;
    private readonly byte* _marks;
    private readonly ulong* _floatFlags;

    /// <summary>The instruction that runs, inside its page of decoded instructions.</summary>
    internal DecodedInstruction* Current;

    /// <summary>What turns <see cref="Current"/>, in units of half instructions, into the program counter.</summary>
    internal ulong PcBias;

    internal ulong Target;

    /// <summary>Instructions begun since the vCPU last told its CPU.</summary>
    internal ulong Count;

    internal Outcome Outcome;

    /// <summary>The page that <see cref="Current"/> is in.</summary>
    internal CodePage Page;

    /// <summary>The debugger steps: the instruction runs although a breakpoint stands on it.</summary>
    internal bool IgnoreBreakpoints;

    internal EvaluatorOps(EmulatedCpu cpu, object code, DataPath data, byte* marks)
    {
        _cpu = cpu;
        Code = code;
        Page = null!;
        _slots = cpu.Slots;
        _data = data;
        UseTranslations();
        _marks = marks;
        _floatFlags = _slots + cpu.FloatFlagsSlot;
    }

    /// <summary>Takes over the data path's current context.</summary>
    internal void UseTranslations()
    {
        _reads = _data.Translations.Reads;
        _writes = _data.Translations.Writes;
    }

    /// <summary>
    /// Decoded instructions are 16 bytes and stand for two bytes of guest code each. Where instructions have any length, <see cref="Current"/> is null
    /// and <see cref="PcBias"/> the address itself.
    /// </summary>
    public readonly ulong Pc => ((ulong)Current >> 3) + PcBias;

    /// <summary>The code path that decodes for this evaluator; its type depends on the instruction set.</summary>
    internal readonly object Code { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U Constant(ulong value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U Register(int slot) => new(_slots[slot]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void SetRegister(int slot, U value) => _slots[slot] = value.Bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U Add(U a, U b) => new(a.Bits + b.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U Subtract(U a, U b) => new(a.Bits - b.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U And(U a, U b) => new(a.Bits & b.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U Or(U a, U b) => new(a.Bits | b.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U Xor(U a, U b) => new(a.Bits ^ b.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U ShiftLeft(U a, U count) => new(a.Bits << (int)count.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U ShiftRight(U a, U count) => new(a.Bits >> (int)count.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U ShiftRightSigned(U a, U count) => new((ulong)((long)a.Bits >> (int)count.Bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U RotateRight(U a, U count) => new(BitOperations.RotateRight(a.Bits, (int)count.Bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U RotateRight32(U a, U count) => new(BitOperations.RotateRight((uint)a.Bits, (int)count.Bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U Multiply(U a, U b) => new(a.Bits * b.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U MultiplyHighSigned(U a, U b) => new((ulong)Math.BigMul((long)a.Bits, (long)b.Bits, out _));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U MultiplyHighUnsigned(U a, U b) => new(Math.BigMul(a.Bits, b.Bits, out _));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U MultiplyHighSignedUnsigned(U a, U b) =>
        new(Math.BigMul(a.Bits, b.Bits, out _) - ((ulong)((long)a.Bits >> 63) & b.Bits));

    public readonly U DivideSigned(U a, U b) => (long)b.Bits switch
    {
        0 => default,
        -1 => new(0 - a.Bits),
        var divisor => new((ulong)((long)a.Bits / divisor)),
    };

    public readonly U DivideUnsigned(U a, U b) => b.Bits == 0 ? default : new(a.Bits / b.Bits);

    public readonly U RemainderSigned(U a, U b) => (long)b.Bits switch
    {
        0 => a,
        -1 => default,
        var divisor => new((ulong)((long)a.Bits % divisor)),
    };

    public readonly U RemainderUnsigned(U a, U b) => b.Bits == 0 ? a : new(a.Bits % b.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U SignExtend(U a, MemorySize from) => new(from switch
    {
        MemorySize.Byte => (ulong)(sbyte)a.Bits,
        MemorySize.Half => (ulong)(short)a.Bits,
        MemorySize.Word => (ulong)(int)a.Bits,
        _ => a.Bits,
    });

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U ZeroExtend(U a, MemorySize from) => new(from switch
    {
        MemorySize.Byte => (byte)a.Bits,
        MemorySize.Half => (ushort)a.Bits,
        MemorySize.Word => (uint)a.Bits,
        _ => a.Bits,
    });

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U Compare(Relation relation, U a, U b) => new(Holds(relation, a, b) ? 1u : 0u);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U Select(U condition, U a, U b) => condition.Bits != 0 ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U CountLeadingZeros(U a) => new((uint)BitOperations.LeadingZeroCount(a.Bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U CountTrailingZeros(U a) => new((uint)BitOperations.TrailingZeroCount(a.Bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U CountOnes(U a) => new((uint)BitOperations.PopCount(a.Bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly U ReverseBytes(U a) => new(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(a.Bits));

    public readonly U CarrylessMultiplyLow(U a, U b) => CarrylessMultiply(a.Bits, b.Bits, high: false);

    public readonly U CarrylessMultiplyHigh(U a, U b) => CarrylessMultiply(a.Bits, b.Bits, high: true);

    public readonly void Fence() => Interlocked.MemoryBarrier();

    public readonly U ReadTime() => new(_cpu.Ticks);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Jump(U target)
    {
        Target = target.Bits;
        Outcome = Outcome.Branch;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Return(U target) => Jump(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void BranchIf(U condition, ulong target)
    {
        if (condition.Bits == 0) return;
        Target = target;
        Outcome = Outcome.Branch;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TrapIf(U condition, int cause, U value)
    {
        if (condition.Bits == 0) return false;
        _cpu.RaiseTrap(cause, value.Bits);
        Outcome = Outcome.Trap;
        return true;
    }

    public bool TryCall(Helper helper, U a, U b, out U result)
    {
        result = new U(helper.Method(_cpu, a.Bits, b.Bits));
        if (!_cpu.TrapPending) return true;
        Outcome = Outcome.Trap;
        return false;
    }

    public readonly U Call(Helper helper, U a, U b) => new(helper.Method(_cpu, a.Bits, b.Bits));

    public void EndBlockIf(U condition)
    {
        if (condition.Bits != 0) EndBlock();
    }

    public void EnterContext(U context) => EndBlock();

    public void EndBlock() => Outcome = Outcome == Outcome.Branch ? Outcome.BranchAndEndBlock : Outcome.EndBlock;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Holds(Relation relation, U a, U b) => relation switch
    {
        Relation.Equal => a.Bits == b.Bits,
        Relation.NotEqual => a.Bits != b.Bits,
        Relation.LessSigned => (long)a.Bits < (long)b.Bits,
        Relation.GreaterOrEqualSigned => (long)a.Bits >= (long)b.Bits,
        Relation.LessUnsigned => a.Bits < b.Bits,
        _ => a.Bits >= b.Bits,
    };

    private static U CarrylessMultiply(ulong a, ulong b, bool high)
    {
        if (Pclmulqdq.IsSupported)
        {
            var product = Pclmulqdq.CarrylessMultiply(Vector128.CreateScalar(a), Vector128.CreateScalar(b), 0);
            return new U(product.GetElement(high ? 1 : 0));
        }
        ulong result = 0;
        for (var i = 0; i < 64; i++)
        {
            if (((b >> i) & 1) == 0) continue;
            if (!high) result ^= a << i;
            else if (i != 0) result ^= a >> (64 - i);
        }
        return new U(result);
    }
}
