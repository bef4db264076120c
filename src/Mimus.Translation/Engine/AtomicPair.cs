using System.Runtime.InteropServices;
using Mimus.Host;

namespace Mimus.Translation.Engine;

/// <summary>Comparison and exchange of 16 bytes in one step, for which .NET has no function: a few bytes of host code where the host is x86-64.</summary>
internal static unsafe class AtomicPair
{
    private static readonly Lock s_lock = new();

    /// <summary>Never freed: it lives as long as the process.</summary>
    private static readonly CodeMemory? s_code = HasHostCode ? new CodeMemory(4096) : null;

    /// <summary>Its first two arguments are the place and what is expected, which becomes what was there.</summary>
    private static readonly delegate* unmanaged<byte*, ulong*, ulong*, void> s_exchange = Create();

    /// <param name="host">16 bytes, aligned to as many.</param>
    /// <param name="expected">What is expected there, and afterwards what was.</param>
    /// <param name="wanted">What replaces it.</param>
    public static void CompareExchange(byte* host, ulong* expected, ulong* wanted)
    {
        if (s_exchange != null)
        {
            s_exchange(host, expected, wanted);
            return;
        }
        // In one step only for those who come this way.
        lock (s_lock)
        {
            var place = (ulong*)host;
            var isEqual = place[0] == expected[0] && place[1] == expected[1];
            (expected[0], expected[1]) = (place[0], place[1]);
            if (isEqual) (place[0], place[1]) = (wanted[0], wanted[1]);
        }
    }

    private static bool HasHostCode => RuntimeInformation.ProcessArchitecture == Architecture.X64 && !OperatingSystem.IsWindows();

    private static delegate* unmanaged<byte*, ulong*, ulong*, void> Create()
    {
        if (s_code is null) return null;
        ReadOnlySpan<byte> code =
        [
            0x53, // push rbx
            0x49, 0x89, 0xd0, // mov r8, rdx
            0x48, 0x8b, 0x06, 0x48, 0x8b, 0x56, 0x08, // mov rax, [rsi]; mov rdx, [rsi + 8]
            0x49, 0x8b, 0x18, 0x49, 0x8b, 0x48, 0x08, // mov rbx, [r8]; mov rcx, [r8 + 8]
            0xf0, 0x48, 0x0f, 0xc7, 0x0f, // lock cmpxchg16b [rdi]
            0x48, 0x89, 0x06, 0x48, 0x89, 0x56, 0x08, // mov [rsi], rax; mov [rsi + 8], rdx
            0x5b, 0xc3, // pop rbx; ret
        ];
        code.CopyTo(new Span<byte>(s_code.Writable, code.Length));
        return (delegate* unmanaged<byte*, ulong*, ulong*, void>)s_code.Executable;
    }
}
