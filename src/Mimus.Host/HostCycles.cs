using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Mimus.Host;

/// <summary>The host's counter of cycles, where it counts evenly and alike on all of its processors. Only a machine's clock reads it.</summary>
public static unsafe class HostCycles
{
    private const string KernelsClock = "/sys/devices/system/clocksource/clocksource0/current_clocksource";

    // lfence; rdtsc; lfence; shl rdx, 32; or rax, rdx; ret. The fences keep the processor from reading the counter ahead of what comes before, and from
    // looking at what comes behind, as whether a record still holds, before it has read the counter.
    private static ReadOnlySpan<byte> ReadingCode => [0x0f, 0xae, 0xe8, 0x0f, 0x31, 0x0f, 0xae, 0xe8, 0x48, 0xc1, 0xe2, 0x20, 0x48, 0x09, 0xd0, 0xc3];

    private static readonly CodeMemory? s_code = Load();
    private static readonly delegate* unmanaged[SuppressGCTransition]<ulong> s_now = (delegate* unmanaged[SuppressGCTransition]<ulong>)(s_code is null ? null : s_code.Executable);

    /// <summary>Whether the counter is a clock: its frequency never changes, and the kernel has found all processors' to agree.</summary>
    public static bool AreSteady => s_code is not null;

    /// <summary>The counter, which no earlier reading by any thread is ahead of. Only where it is steady.</summary>
    public static ulong Now
    {
        // Compiled well at once: nothing is compiled ahead that calls a pointer in this way, and a guest asks for the time all the while.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        get => s_now();
    }

    private static CodeMemory? Load()
    {
        // Invariant TSC: AMD APM volume 3, E.4.8; SDM volume 3, 18.17.1. Whether processors agree only the kernel knows.
        if (!X86Base.X64.IsSupported || !OperatingSystem.IsLinux()) return null;
        if ((uint)X86Base.CpuId(unchecked((int)0x8000_0000), 0).Eax < 0x8000_0007 || (X86Base.CpuId(unchecked((int)0x8000_0007), 0).Edx & (1 << 8)) == 0) return null;
        try
        {
            if (File.ReadAllText(KernelsClock).Trim() != "tsc") return null;
            var code = new CodeMemory((nuint)Environment.SystemPageSize);
            ReadingCode.CopyTo(new Span<byte>(code.Writable, ReadingCode.Length));
            return code;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or HostException)
        {
            // A kernel that does not say, or lets no code be made: then time is read from it.
            return null;
        }
    }
}
