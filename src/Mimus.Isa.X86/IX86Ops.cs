namespace Mimus.Isa.X86;

/// <summary>The operations of x86 semantics beyond those of all instruction sets. The rules are <see cref="IGuestOps{V}"/>'s.</summary>
/// <typeparam name="V">A guest value; numbers narrower than 64 bits are zero-extended.</typeparam>
public interface IX86Ops<V> : IGuestOps<V> where V : unmanaged
{
    /// <summary>Says what the arithmetic flags come from now.</summary>
    void SetFlags(FlagKind kind, MemorySize width, V x, V y, V z);

    /// <summary>The same where the condition is not 0; else they stay.</summary>
    void SetFlagsIf(V condition, FlagKind kind, MemorySize width, V x, V y);

    /// <summary>The arithmetic flags at their places in EFLAGS. Best asked for, as conditions, before the instruction changes anything: then they can be guessed.</summary>
    V Flags();

    /// <summary>The carry flag, to be kept by an instruction that sets all others: most likely nobody asks for it.</summary>
    V KeptCarry();

    /// <summary>1 where the condition holds, else 0.</summary>
    V Condition(ConditionCode code);

    /// <summary>
    /// Divides a number of 128 bits by one of 64; false with the fault pending where the divisor is 0 or the quotient too large. All of it is signed, or none.
    /// </summary>
    bool TryDivide(bool isSigned, V high, V low, V divisor, out V quotient, out V remainder);

    /// <summary>
    /// Where the condition is not 0 the instruction ends here, and the next one follows. True when the rest of the semantics must not run.
    /// </summary>
    bool ExitIf(V condition);

    /// <summary>
    /// Where the condition is not 0, interrupts are taken behind the next instruction at the earliest. Asked for before the instruction changes anything.
    /// </summary>
    void HoldInterrupts(V condition);

    /// <summary>Loads what is about to be stored to: false when it cannot be written, and then the store cannot fail.</summary>
    bool TryLoadForUpdate(V address, MemorySize size, out V value);

    /// <summary>Whether so many bytes, at most 64, can be written; false with the fault pending when not.</summary>
    bool TryProbeWrite(V address, int bytes);

    /// <summary>The same with 16 aligned bytes: their lower half and their upper half.</summary>
    bool TryCompareExchangePair(V address, V expectedLow, V expectedHigh, V low, V high, out V oldLow, out V oldHigh);

    /// <summary>
    /// Replaces memory by <paramref name="value"/> in one step if it holds <paramref name="expected"/>; <paramref name="old"/> is what was there.
    /// </summary>
    bool TryCompareExchange(V address, MemorySize size, V expected, V value, out V old);

    /// <summary>Loads 2 to 32 bytes into a vector register's low part; the rest of its lower 128 bits becomes 0, what is above stays.</summary>
    bool TryLoadVector(V address, int bytes, int register);

    /// <summary>Stores the low part of a vector register. All or nothing is stored.</summary>
    bool TryStoreVector(V address, int bytes, int register);

    /// <summary>Copies the low so many bytes, 16 or 32, of a vector register; the rest of the target stays.</summary>
    void CopyVector(int bytes, int target, int source);

    /// <summary>
    /// Carries an operation out on the low so many bytes, 16 or 32, of vector registers, all read before one is written; the rest of the target stays.
    /// False when it has raised a floating-point exception.
    /// </summary>
    bool TryVector(VectorOperation operation, int bytes, int target, int a, int b, int control);
}
