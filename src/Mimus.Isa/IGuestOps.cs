using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa;

/// <summary>
/// The operations that instruction semantics are written in. An evaluator carries them out at once; a translator records them.
/// Implementations are structs and semantics are generic over them, so that the compiler specialises each pairing.
/// </summary>
/// <remarks>
/// Rules for semantics: no C# branch on a guest value (on operands they may); all that can fault comes before the first
/// change of state; when an operation that returns bool returns false, or <see cref="TrapIf"/> true, return at once.
/// Values are 64 bits wide; operations are total: they have a result for every operand.
/// </remarks>
/// <typeparam name="V">A guest value.</typeparam>
public interface IGuestOps<V> where V : unmanaged
{
    /// <summary>The address of this instruction.</summary>
    ulong Pc { get; }

    V Constant(ulong value);

    /// <summary>Reads a slot of the CPU state: its first slots are the guest's registers.</summary>
    V Register(int slot);

    void SetRegister(int slot, V value);

    V Add(V a, V b);

    V Subtract(V a, V b);

    V And(V a, V b);

    V Or(V a, V b);

    V Xor(V a, V b);

    /// <summary>Shifts by the low six bits of <paramref name="count"/>.</summary>
    V ShiftLeft(V a, V count);

    V ShiftRight(V a, V count);

    V ShiftRightSigned(V a, V count);

    V RotateRight(V a, V count);

    /// <summary>Rotates the low 32 bits by the low five bits of <paramref name="count"/>; the result is zero-extended.</summary>
    V RotateRight32(V a, V count);

    V Multiply(V a, V b);

    V MultiplyHighSigned(V a, V b);

    V MultiplyHighUnsigned(V a, V b);

    V MultiplyHighSignedUnsigned(V a, V b);

    /// <summary>0 where <paramref name="b"/> is 0; the smallest number divided by -1 is itself.</summary>
    V DivideSigned(V a, V b);

    V DivideUnsigned(V a, V b);

    /// <summary><paramref name="a"/> where <paramref name="b"/> is 0.</summary>
    V RemainderSigned(V a, V b);

    V RemainderUnsigned(V a, V b);

    V SignExtend(V a, MemorySize from);

    V ZeroExtend(V a, MemorySize from);

    /// <summary>1 where the relation holds, else 0.</summary>
    V Compare(Relation relation, V a, V b);

    /// <summary><paramref name="a"/> where the condition is not 0, else <paramref name="b"/>.</summary>
    V Select(V condition, V a, V b);

    /// <summary>64 where no bit is set.</summary>
    V CountLeadingZeros(V a);

    /// <summary>64 where no bit is set.</summary>
    V CountTrailingZeros(V a);

    V CountOnes(V a);

    V ReverseBytes(V a);

    V CarrylessMultiplyLow(V a, V b);

    V CarrylessMultiplyHigh(V a, V b);

    // Floating-point operations take and give raw bits, zero-extended; they add to the CPU's sticky flags. The rounding mode is a
    // value with the numbers of RoundingMode.

    V FloatAdd<TFormat>(V a, V b, V rounding) where TFormat : struct, IFloatFormat;

    V FloatSubtract<TFormat>(V a, V b, V rounding) where TFormat : struct, IFloatFormat;

    V FloatMultiply<TFormat>(V a, V b, V rounding) where TFormat : struct, IFloatFormat;

    V FloatDivide<TFormat>(V a, V b, V rounding) where TFormat : struct, IFloatFormat;

    V FloatSquareRoot<TFormat>(V a, V rounding) where TFormat : struct, IFloatFormat;

    /// <summary>a * b + c with one rounding.</summary>
    V FloatMultiplyAdd<TFormat>(V a, V b, V c, V rounding) where TFormat : struct, IFloatFormat;

    V FloatCompare<TFormat>(FloatRelation relation, V a, V b) where TFormat : struct, IFloatFormat;

    V FloatConvert<TFrom, TTo>(V a, V rounding) where TFrom : struct, IFloatFormat where TTo : struct, IFloatFormat;

    /// <summary>Saturates; 32-bit results of both kinds are sign-extended.</summary>
    V FloatToInteger<TFormat>(IntegerType type, V a, V rounding) where TFormat : struct, IFloatFormat;

    V IntegerToFloat<TFormat>(IntegerType type, V a, V rounding) where TFormat : struct, IFloatFormat;

    V Float<TFormat>(FloatFunction function, V a, V b, V rounding) where TFormat : struct, IFloatFormat;

    /// <summary>Loads, zero-extended; false when the access faults.</summary>
    bool TryLoad(V address, MemorySize size, out V value);

    /// <summary>Like <see cref="TryLoad"/>, and the value is sign-extended.</summary>
    bool TryLoadSigned(V address, MemorySize size, out V value);

    bool TryStore(V address, MemorySize size, V value);

    bool TryLoadReserved(V address, MemorySize size, out V value);

    /// <summary><paramref name="failed"/> is 0 where the store happened, else 1.</summary>
    bool TryStoreConditional(V address, MemorySize size, V value, out V failed);

    /// <summary>
    /// Replaces memory in one step; <paramref name="old"/> is what was there, zero-extended. Sizes, alignment and kinds of memory are as the
    /// instruction set allows: a processor that splits misaligned accesses does that here too, in one step as others see it.
    /// </summary>
    bool TryAtomic(AtomicOperation operation, V address, MemorySize size, V operand, out V old);

    /// <summary>Orders all earlier memory accesses before all later ones.</summary>
    void Fence();

    /// <summary>The processor's counter of time.</summary>
    V ReadTime();

    /// <summary>Goes on at another address, known only when the instruction runs.</summary>
    void Jump(V target);

    /// <summary>Goes on at another address: most likely behind the call that led here.</summary>
    void Return(V target);

    /// <summary>Goes on at a fixed address where the condition is not 0.</summary>
    void BranchIf(V condition, ulong target);

    /// <summary>
    /// Where the condition is not 0 the instruction ends with a trap, whose cause and value are the instruction set's. True when
    /// the rest of the semantics must not run; a translator, which does not know the condition, goes on.
    /// </summary>
    bool TrapIf(V condition, int cause, V value);

    /// <summary>Calls a plain method for rare or complicated work; false when it has raised a trap.</summary>
    bool TryCall(Helper helper, V a, V b, out V result);

    /// <summary>Calls a plain method that neither traps nor changes more than the state it is documented to change.</summary>
    V Call(Helper helper, V a, V b);

    /// <summary>
    /// Nothing known about the state of the processor holds any more after this instruction: translations, privilege, pending
    /// interrupts.
    /// </summary>
    void EndBlock();

    /// <summary>
    /// The same where of all that only the privilege has changed, with a jump to code: instructions are fetched and data is accessed in the context of this number
    /// (<see cref="EmulatedCpu.FetchContext"/>) now. A number that is no context's, 256 or above, says that more has changed.
    /// </summary>
    void EnterContext(V context);

    /// <summary>The same where the condition is not 0; the instruction does not jump.</summary>
    void EndBlockIf(V condition);
}
