namespace Mimus.Isa.X86;

/// <summary>The numbers by which semantics reach the state's fields, which are in the same order in <see cref="X86State"/>.</summary>
public static class Slot
{
    public const int Rax = 0, Rcx = 1, Rdx = 2, Rbx = 3, Rsp = 4, Rbp = 5, Rsi = 6, Rdi = 7;

    public const int Zero = 16, Rip = 17, FlagKind = 18, FlagX = 19, FlagY = 20, FlagZ = 21, SystemFlags = 22, Direction = 23, Mxcsr = 24, VectorsEnabled = 25, FloatFlags = Mxcsr;

    public const int Segments = 26, Vectors = Segments + (8 * SegmentState.Slots);

    /// <summary>A vector register has room for 256 bits.</summary>
    public const int VectorSlots = 4;

    /// <summary>Vector registers behind the guest's own, for operands from memory.</summary>
    public const int ScratchVectors = 4;

    /// <summary>The number of the first of them.</summary>
    public const int Scratch = 16;

    /// <summary>Behind them are x87's registers, whose significands are mm0 to mm7: the number of mm0.</summary>
    public const int Mmx = Scratch + ScratchVectors;

    public const int X87Control = Vectors + ((Mmx + 8) * VectorSlots), X87Status = X87Control + 1, X87Used = X87Control + 2;

    public const int Cpl = X87Control + 3, Cr4 = X87Control + 4, TscOffset = X87Control + 5, TscAux = X87Control + 6;

    public const int Efer = X87Control + 7, Star = X87Control + 8, Lstar = X87Control + 9, SyscallMask = X87Control + 10, KernelGsBase = X87Control + 11;

    public const int InterruptShadow = X87Control + 12, HeldFlags = X87Control + 13, Context = X87Control + 14;

    /// <summary>In operands: ah, ch, dh and bh are these numbers, which are no slots.</summary>
    public const int HighBytes = 252;

    public static int SegmentBase(int segment) => Segments + (segment * SegmentState.Slots);

    public static int SegmentLow(int segment) => SegmentBase(segment) + 1;

    public static int SegmentReadEnd(int segment) => SegmentBase(segment) + 2;

    public static int SegmentWriteEnd(int segment) => SegmentBase(segment) + 3;

    public static int SegmentSelector(int segment) => SegmentBase(segment) + 4;

    public static int SegmentLimit(int segment) => SegmentBase(segment) + 6;

    /// <summary>64 bits of a vector register.</summary>
    public static int Vector(int register, int part = 0) => Vectors + (register * VectorSlots) + part;
}
