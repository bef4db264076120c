using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa.Tests.FloatingPoint;

/// <summary>
/// The host processor's own floating point, with rounding direction and exception flags: what .NET does not give. An oracle
/// that nobody of this project wrote. Each instruction stands in a routine of its own, of machine code written by hand
/// (Intel SDM volume 2): load MXCSR, load operands, execute, store result and MXCSR, restore MXCSR.
/// </summary>
internal static unsafe partial class HostFpu
{
    // MXCSR (Intel SDM volume 1, 10.2.3): all exceptions masked, no flag, denormals honoured; rounding control in bits 13 and 14.
    private const uint DefaultControl = 0x1F80;

    private const int SlotSize = 64;
    private const int PageSize = 4096;

    // After the routines of the operations: one that only loads MXCSR.
    private static readonly int s_setControlSlot = Enum.GetValues<HostOperation>().Length;

    private static readonly byte* s_code = Emit();

    [StructLayout(LayoutKind.Sequential)]
    private struct Call
    {
        public ulong A;
        public ulong B;
        public ulong C;
        public ulong Result;
        public uint ControlIn;
        public uint ControlOut;
        public uint ControlAfter;
    }

    /// <summary>Why the host cannot be asked, or null.</summary>
    public static string? Missing { get; } =
        !OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64 ? "needs an x86-64 Linux host as the oracle"
        : !Fma.IsSupported || (X86Base.CpuId(1, 0).Ecx & (1 << 29)) == 0 ? "needs a host with FMA and F16C"
        : null;

    public static string? MissingUnsigned { get; } = Missing ?? (Avx512F.IsSupported ? null : "needs a host with AVX-512 for unsigned conversions");

    public static ulong Run(HostOperation operation, RoundingMode mode, ulong a, ulong b, ulong c, out FloatFlags flags)
    {
        Call call = new() { A = a, B = b, C = c, ControlIn = Control(mode), ControlAfter = DefaultControl };
        Enter((int)operation, &call);
        flags = ToFlags(call.ControlOut);
        return call.Result;
    }

    /// <summary>Runs managed code with another rounding direction than the one .NET assumes.</summary>
    public static void RunUnder(RoundingMode mode, Action action)
    {
        Call call = new() { ControlIn = Control(mode) };
        Call restore = new() { ControlIn = DefaultControl };
        Enter(s_setControlSlot, &call);
        try
        {
            action();
        }
        finally
        {
            Enter(s_setControlSlot, &restore);
        }
    }

    /// <summary>A routine touches nothing but caller-saved registers, MXCSR and the struct it is given.</summary>
    private static void Enter(int slot, Call* call) => ((delegate* unmanaged<Call*, void>)(s_code + (slot * SlotSize)))(call);

    private static uint Control(RoundingMode mode)
    {
        uint roundingControl = mode switch
        {
            RoundingMode.NearestEven => 0,
            RoundingMode.Down => 1,
            RoundingMode.Up => 2,
            RoundingMode.TowardZero => 3,
            _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "x86 has no such rounding direction"),
        };
        return DefaultControl | (roundingControl << 13);
    }

    /// <summary>IE, ZE, OE, UE, PE are bits 0, 2, 3, 4, 5. Bit 1, DE (an operand was subnormal), has no counterpart.</summary>
    private static FloatFlags ToFlags(uint control) =>
        ((control & 1) != 0 ? FloatFlags.Invalid : 0)
        | ((control & 4) != 0 ? FloatFlags.DivideByZero : 0)
        | ((control & 8) != 0 ? FloatFlags.Overflow : 0)
        | ((control & 16) != 0 ? FloatFlags.Underflow : 0)
        | ((control & 32) != 0 ? FloatFlags.Inexact : 0);

    private static byte* Emit()
    {
        if (Missing is not null) return null;
        byte* page = (byte*)MemoryMap(null, PageSize, protection: 3, flags: 0x22, file: -1, offset: 0);
        if (page == (byte*)-1) throw new InvalidOperationException("mmap of the oracle's code page failed");
        foreach (HostOperation operation in Enum.GetValues<HostOperation>())
        {
            byte[] routine =
            [
                0x0F, 0xAE, 0x57, 0x20,                         // ldmxcsr [rdi+32]
                0xF2, 0x0F, 0x10, 0x07,                         // movsd xmm0, [rdi]
                0xF2, 0x0F, 0x10, 0x4F, 0x08,                   // movsd xmm1, [rdi+8]
                0xF2, 0x0F, 0x10, 0x57, 0x10,                   // movsd xmm2, [rdi+16]
                .. Instruction(operation),
                .. IsScalarResult(operation)
                    ? (ReadOnlySpan<byte>)[0x48, 0x89, 0x47, 0x18]          // mov [rdi+24], rax
                    : [0xF2, 0x0F, 0x11, 0x47, 0x18],                       // movsd [rdi+24], xmm0
                0x0F, 0xAE, 0x5F, 0x24,                         // stmxcsr [rdi+36]
                0x0F, 0xAE, 0x57, 0x28,                         // ldmxcsr [rdi+40]
                0xC3,                                           // ret
            ];
            routine.CopyTo(new Span<byte>(page + ((int)operation * SlotSize), SlotSize));
        }

        ReadOnlySpan<byte> setControl = [0x0F, 0xAE, 0x57, 0x20, 0xC3]; // ldmxcsr [rdi+32]; ret
        setControl.CopyTo(new Span<byte>(page + (s_setControlSlot * SlotSize), SlotSize));
        if (MemoryProtect(page, PageSize, protection: 5) != 0) throw new InvalidOperationException("mprotect of the oracle's code page failed");
        return page;
    }

    private static bool IsScalarResult(HostOperation operation) => operation
        is (>= HostOperation.DoubleToInt32 and <= HostOperation.SingleToInt64Truncating)
        or (>= HostOperation.CompareDoubleQuiet and <= HostOperation.SingleToUInt64);

    private static byte[] Instruction(HostOperation operation) => operation switch
    {
        HostOperation.AddDouble => [0xF2, 0x0F, 0x58, 0xC1],                            // addsd xmm0, xmm1
        HostOperation.SubtractDouble => [0xF2, 0x0F, 0x5C, 0xC1],                       // subsd xmm0, xmm1
        HostOperation.MultiplyDouble => [0xF2, 0x0F, 0x59, 0xC1],                       // mulsd xmm0, xmm1
        HostOperation.DivideDouble => [0xF2, 0x0F, 0x5E, 0xC1],                         // divsd xmm0, xmm1
        HostOperation.SquareRootDouble => [0xF2, 0x0F, 0x51, 0xC0],                     // sqrtsd xmm0, xmm0
        HostOperation.MultiplyAddDouble => [0xC4, 0xE2, 0xF1, 0xA9, 0xC2],              // vfmadd213sd xmm0, xmm1, xmm2
        HostOperation.AddSingle => [0xF3, 0x0F, 0x58, 0xC1],                            // addss xmm0, xmm1
        HostOperation.SubtractSingle => [0xF3, 0x0F, 0x5C, 0xC1],                       // subss xmm0, xmm1
        HostOperation.MultiplySingle => [0xF3, 0x0F, 0x59, 0xC1],                       // mulss xmm0, xmm1
        HostOperation.DivideSingle => [0xF3, 0x0F, 0x5E, 0xC1],                         // divss xmm0, xmm1
        HostOperation.SquareRootSingle => [0xF3, 0x0F, 0x51, 0xC0],                     // sqrtss xmm0, xmm0
        HostOperation.MultiplyAddSingle => [0xC4, 0xE2, 0x71, 0xA9, 0xC2],              // vfmadd213ss xmm0, xmm1, xmm2
        HostOperation.DoubleToSingle => [0xF2, 0x0F, 0x5A, 0xC0],                       // cvtsd2ss xmm0, xmm0
        HostOperation.SingleToDouble => [0xF3, 0x0F, 0x5A, 0xC0],                       // cvtss2sd xmm0, xmm0
        HostOperation.SingleToHalf => [0xC4, 0xE3, 0x79, 0x1D, 0xC0, 0x04],             // vcvtps2ph xmm0, xmm0, 4 (by MXCSR)
        HostOperation.HalfToSingle => [0xC4, 0xE2, 0x79, 0x13, 0xC0],                   // vcvtph2ps xmm0, xmm0
        HostOperation.DoubleToInt32 => [0xF2, 0x0F, 0x2D, 0xC0],                        // cvtsd2si eax, xmm0
        HostOperation.DoubleToInt64 => [0xF2, 0x48, 0x0F, 0x2D, 0xC0],                  // cvtsd2si rax, xmm0
        HostOperation.DoubleToInt32Truncating => [0xF2, 0x0F, 0x2C, 0xC0],              // cvttsd2si eax, xmm0
        HostOperation.DoubleToInt64Truncating => [0xF2, 0x48, 0x0F, 0x2C, 0xC0],        // cvttsd2si rax, xmm0
        HostOperation.SingleToInt32 => [0xF3, 0x0F, 0x2D, 0xC0],                        // cvtss2si eax, xmm0
        HostOperation.SingleToInt64 => [0xF3, 0x48, 0x0F, 0x2D, 0xC0],                  // cvtss2si rax, xmm0
        HostOperation.SingleToInt32Truncating => [0xF3, 0x0F, 0x2C, 0xC0],              // cvttss2si eax, xmm0
        HostOperation.SingleToInt64Truncating => [0xF3, 0x48, 0x0F, 0x2C, 0xC0],        // cvttss2si rax, xmm0
        HostOperation.Int32ToDouble => [0xF2, 0x0F, 0x2A, 0x07],                        // cvtsi2sd xmm0, dword [rdi]
        HostOperation.Int64ToDouble => [0xF2, 0x48, 0x0F, 0x2A, 0x07],                  // cvtsi2sd xmm0, qword [rdi]
        HostOperation.Int32ToSingle => [0xF3, 0x0F, 0x2A, 0x07],                        // cvtsi2ss xmm0, dword [rdi]
        HostOperation.Int64ToSingle => [0xF3, 0x48, 0x0F, 0x2A, 0x07],                  // cvtsi2ss xmm0, qword [rdi]
        HostOperation.RoundDouble => [0x66, 0x0F, 0x3A, 0x0B, 0xC0, 0x0C],              // roundsd xmm0, xmm0, 12 (by MXCSR, quiet)
        HostOperation.RoundDoubleExact => [0x66, 0x0F, 0x3A, 0x0B, 0xC0, 0x04],         // roundsd xmm0, xmm0, 4 (by MXCSR)
        HostOperation.RoundSingle => [0x66, 0x0F, 0x3A, 0x0A, 0xC0, 0x0C],              // roundss xmm0, xmm0, 12
        HostOperation.RoundSingleExact => [0x66, 0x0F, 0x3A, 0x0A, 0xC0, 0x04],         // roundss xmm0, xmm0, 4
        HostOperation.CompareDoubleQuiet => [0x66, 0x0F, 0x2E, 0xC1, 0x9C, 0x58],       // ucomisd xmm0, xmm1; pushfq; pop rax
        HostOperation.CompareDoubleSignaling => [0x66, 0x0F, 0x2F, 0xC1, 0x9C, 0x58],   // comisd xmm0, xmm1; pushfq; pop rax
        HostOperation.CompareSingleQuiet => [0x0F, 0x2E, 0xC1, 0x9C, 0x58],             // ucomiss xmm0, xmm1; pushfq; pop rax
        HostOperation.CompareSingleSignaling => [0x0F, 0x2F, 0xC1, 0x9C, 0x58],         // comiss xmm0, xmm1; pushfq; pop rax
        HostOperation.DoubleToUInt32 => [0x62, 0xF1, 0x7F, 0x08, 0x79, 0xC0],           // vcvtsd2usi eax, xmm0
        HostOperation.DoubleToUInt64 => [0x62, 0xF1, 0xFF, 0x08, 0x79, 0xC0],           // vcvtsd2usi rax, xmm0
        HostOperation.SingleToUInt32 => [0x62, 0xF1, 0x7E, 0x08, 0x79, 0xC0],           // vcvtss2usi eax, xmm0
        HostOperation.SingleToUInt64 => [0x62, 0xF1, 0xFE, 0x08, 0x79, 0xC0],           // vcvtss2usi rax, xmm0
        HostOperation.UInt32ToDouble => [0x62, 0xF1, 0x7F, 0x08, 0x7B, 0x07],           // vcvtusi2sd xmm0, xmm0, dword [rdi]
        HostOperation.UInt64ToDouble => [0x62, 0xF1, 0xFF, 0x08, 0x7B, 0x07],           // vcvtusi2sd xmm0, xmm0, qword [rdi]
        HostOperation.UInt32ToSingle => [0x62, 0xF1, 0x7E, 0x08, 0x7B, 0x07],           // vcvtusi2ss xmm0, xmm0, dword [rdi]
        HostOperation.UInt64ToSingle => [0x62, 0xF1, 0xFE, 0x08, 0x7B, 0x07],           // vcvtusi2ss xmm0, xmm0, qword [rdi]
        _ => throw new ArgumentOutOfRangeException(nameof(operation)),
    };

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* MemoryMap(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int MemoryProtect(void* address, nuint length, int protection);
}
