using System.Runtime.InteropServices;
using Mimus.TestSupport;

namespace Mimus.Translation.Tests.X64.Execution;

/// <summary>
/// Emitted functions that the host's processor runs. Arguments are in rdi, rsi, rdx and rcx, the result in rax; rbx, rbp and
/// r12 to r15 are the caller's.
/// </summary>
internal sealed unsafe partial class HostCode : IDisposable
{
    private const int ReadWriteExecute = 7, PrivateAnonymous = 0x22;
    private const int Size = 1 << 16;

    public HostCode()
    {
        Start = (byte*)Map(null, Size, ReadWriteExecute, PrivateAnonymous, -1, 0);
        Assert.True(Start != (byte*)-1, "mmap of executable memory failed");
        Random = new Random(TestSeed.Value);
    }

    public byte* Start { get; }

    public Random Random { get; }

    public delegate* unmanaged<ulong, ulong, ulong, ulong> Function => (delegate* unmanaged<ulong, ulong, ulong, ulong>)Start;

    public void Dispose() => _ = Unmap(Start, Size);

    public Assembler Assembler() => new(Start, Start + Size);

    /// <summary>Emits a function of this body and calls it.</summary>
    public ulong Run(Emission body, ulong a = 0, ulong b = 0, ulong c = 0)
    {
        var assembler = Assembler();
        body(ref assembler);
        assembler.Return();
        return Function(a, b, c);
    }

    /// <summary>Emits a function once, and compares it with one in C# over borders and random values.</summary>
    public void Compare(string what, Emission body, Func<ulong, ulong, ulong> expected)
    {
        var assembler = Assembler();
        body(ref assembler);
        assembler.Return();
        foreach (var (a, b) in Pairs())
        {
            var (result, wanted) = (Function(a, b, 0), expected(a, b));
            Assert.True(result == wanted, $"{what} of {a:x} and {b:x} is {result:x} instead of {wanted:x}; seed {TestSeed.Value}");
        }
    }

    public IEnumerable<(ulong A, ulong B)> Pairs()
    {
        ulong[] borders =
        [
            0, 1, 2, 31, 32, 63, 64, 0x7f, 0x80, 0xff, 0x8000, 0x7fffffff, 0x80000000, 0xffffffff,
            1UL << 63, long.MaxValue, ulong.MaxValue,
        ];
        foreach (var a in borders)
        foreach (var b in borders)
            yield return (a, b);
        for (var i = 0; i < 200; i++) yield return (Word(), Word());

        ulong Word() => (ulong)Random.NextInt64(long.MinValue, long.MaxValue);
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);
}
