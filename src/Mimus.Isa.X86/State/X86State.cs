using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Mimus.Isa.X86;

/// <summary>
/// The whole architectural state of a processor, in native memory: semantics, translated code, the debugger and snapshots all read this one
/// definition. What semantics reach by slot number is named in <see cref="Slot"/>, in the same order.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct X86State
{
    /// <summary>rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 to r15.</summary>
    public fixed ulong Registers[16];

    /// <summary>Reads as 0: where an address has no base or index.</summary>
    public ulong Zero;

    /// <summary>The instruction pointer: an offset into the code segment.</summary>
    public ulong Rip;

    /// <summary>The arithmetic flags, see <see cref="X86.FlagKind"/>: the kind with the width, and its values.</summary>
    public ulong FlagKind, FlagX, FlagY, FlagZ;

    /// <summary>The other flags of RFLAGS, at their places; see <see cref="EFlags.System"/>.</summary>
    public ulong SystemFlags;

    /// <summary>DF: 1 when it is clear, all ones when it is set.</summary>
    public ulong Direction;

    /// <summary>MXCSR.</summary>
    public ulong Mxcsr;

    /// <summary>Whether vector instructions run (bit 0: SSE, bit 1: AVX, bit 2: x87 and MMX); see the CPU's mode.</summary>
    public ulong VectorsEnabled;

    private fixed ulong _segments[8 * SegmentState.Slots];

    /// <summary>ymm0 to ymm15, and room for operands that come from memory.</summary>
    public fixed ulong Vectors[(16 + Slot.ScratchVectors) * Slot.VectorSlots];

    /// <summary>The x87 registers in the order of their numbers, as wide apart as vector registers: significand, then sign and exponent.</summary>
    public fixed ulong X87[8 * Slot.VectorSlots];

    public ulong X87Control, X87Status;

    /// <summary>A bit for each register that holds something.</summary>
    public ulong X87Used;

    /// <summary>The current privilege level.</summary>
    public ulong Cpl;

    public ulong Cr4, TscOffset, TscAux;

    public ulong Efer, Star, Lstar, SyscallMask, KernelGsBase;

    /// <summary>Not 0 for the one instruction after STI or a load of SS, before which no interrupt is taken.</summary>
    public ulong InterruptShadow;

    /// <summary>IF while an interrupt may be waiting for it to be set.</summary>
    public ulong HeldFlags;

    /// <summary>The context of translation of system code, see <see cref="X86Cpu.FetchContext"/>; that of user code is the next. No part of what is saved.</summary>
    public ulong Context;

    public ulong X87Instruction, X87Operand, X87Opcode;

    public ulong GdtBase, GdtLimit, IdtBase, IdtLimit;

    public ulong Cr0, Cr2, Cr3, Cr8, Xcr0;

    public ulong Dr6, Dr7;

    private fixed ulong _debugAddresses[4];

    public ulong Cstar, SysenterCs, SysenterEsp, SysenterEip, Pat, MiscEnable;

    private fixed ulong _mtrrs[16 + 11 + 2];

    /// <summary>All ones, or bit 20 clear while the A20 gate holds it.</summary>
    public ulong A20Mask;

    /// <summary>Bit 0 is set between the delivery of a non-maskable interrupt and the next IRET, bit 1 in system management mode.</summary>
    public ulong NmiBlocked;

    /// <summary>Whether the processor runs or waits, and for what: an <see cref="X86.Activity"/>.</summary>
    public ulong Activity;

    /// <summary>1 in system management mode, and where its code and the saved state are.</summary>
    public ulong InManagement, ManagementBase;

    /// <summary>Instructions retired.</summary>
    public ulong Retired;

    /// <summary>The variable and fixed MTRRs and the two others, which keep what is written.</summary>
    [UnscopedRef]
    public Span<ulong> Mtrrs => MemoryMarshal.CreateSpan(ref _mtrrs[0], 16 + 11 + 2);

    [UnscopedRef]
    public Span<ulong> DebugAddresses => MemoryMarshal.CreateSpan(ref _debugAddresses[0], 4);

    /// <summary>The general registers for code that is not unsafe.</summary>
    [UnscopedRef]
    public Span<ulong> General => MemoryMarshal.CreateSpan(ref Registers[0], 16);

    /// <summary>A vector register, 64 bits at a time.</summary>
    [UnscopedRef]
    public Span<ulong> VectorParts(int register) => MemoryMarshal.CreateSpan(ref Vectors[register * Slot.VectorSlots], Slot.VectorSlots);

    [UnscopedRef]
    public ref SegmentState Segment(SegmentNumber number) =>
        ref MemoryMarshal.Cast<ulong, SegmentState>(MemoryMarshal.CreateSpan(ref _segments[0], 8 * SegmentState.Slots))[(int)number];
}
