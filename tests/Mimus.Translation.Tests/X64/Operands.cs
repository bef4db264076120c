using Iced.Intel;
using Mimus.Translation.X64;

namespace Mimus.Translation.Tests.X64;

/// <summary>All operands of each kind, and their names in Iced.</summary>
internal static class Operands
{
    private static readonly int[] s_displacements = [0, 1, -1, 127, -128, 128, -129, 0x1234, int.MaxValue, int.MinValue];

    /// <summary>The registers whose low three bits mean something else in one field or another, and a plain one.</summary>
    private static readonly Gpr[] s_indexes = [Gpr.Rax, Gpr.Rbp, Gpr.Rdi, Gpr.R12, Gpr.R13, Gpr.R15];

    public static Gpr[] Gprs { get; } = Enum.GetValues<Gpr>();

    public static Xmm[] Xmms { get; } = Enum.GetValues<Xmm>();

    public static bool[] Booleans { get; } = [false, true];

    public static MemorySize[] Sizes { get; } = Enum.GetValues<MemorySize>();

    public static (Gpr, Gpr)[] GprPairs { get; } = [.. from a in Gprs from b in Gprs select (a, b)];

    public static (Xmm, Xmm)[] XmmPairs { get; } = [.. from a in Xmms from b in Xmms select (a, b)];

    /// <summary>One below, at and above each border of the encodings.</summary>
    public static int[] Immediates { get; } =
        [0, 1, -1, 126, 127, 128, 129, -127, -128, -129, 255, 256, 0x12345678, int.MaxValue, int.MinValue];

    public static Address[] Addresses { get; } =
    [
        .. from b in Gprs from d in s_displacements select new Address(b, d),
        .. from b in Gprs from i in s_indexes from s in (int[])[1, 2, 4, 8] from d in s_displacements select new Address(b, i, s, d),
        .. from i in Gprs where i != Gpr.Rsp select new Address(Gpr.Rbx, i, 4, 64),
    ];

    /// <summary>One of each shape, for forms that are tried with all registers besides.</summary>
    public static Address[] FewAddresses { get; } =
    [
        new(Gpr.Rax), new(Gpr.Rsp, 8), new(Gpr.R12, 300), new(Gpr.R13), new(Gpr.R14, -8),
        new(Gpr.Rcx, Gpr.R9, 8), new(Gpr.R8, Gpr.Rdx, 1, -4000),
    ];

    public static int Bits(bool wide) => wide ? 64 : 32;

    public static int Bits(MemorySize size) => (int)size * 8;

    public static Register Name(this Gpr r, int bits) => bits switch
    {
        8 when r < Gpr.Rsp => Register.AL + (int)r,
        8 => Register.SPL + ((int)r - 4),
        16 => Register.AX + (int)r,
        32 => Register.EAX + (int)r,
        _ => Register.RAX + (int)r,
    };

    public static Register Name(this Gpr r, bool wide) => r.Name(Bits(wide));

    public static Register Name(this Xmm r) => Register.XMM0 + (int)r;

    public static MemoryOperand Name(this Address a) => a.HasIndex
        ? new MemoryOperand(a.Base.Name(64), a.Index.Name(64), a.Scale, a.Displacement, DisplacementSize(a))
        : new MemoryOperand(a.Base.Name(64), a.Displacement, DisplacementSize(a));

    /// <summary>Iced's name of a condition, as in its opcodes' names.</summary>
    public static string Name(this Condition c) =>
        ((string[])["o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g"])[(int)c];

    public static Code Named(string name) => Enum.Parse<Code>(name);

    /// <summary>Calls with all registers and a few addresses, then with all addresses and a few registers.</summary>
    public static void ForGprAndAddress(Action<Gpr, Address> test)
    {
        foreach (var r in Gprs) Array.ForEach(FewAddresses, a => test(r, a));
        foreach (var a in Addresses)
        {
            test(Gpr.Rsi, a);
            test(Gpr.R11, a);
        }
    }

    /// <inheritdoc cref="ForGprAndAddress"/>
    public static void ForXmmAndAddress(Action<Xmm, Address> test)
    {
        foreach (var r in Xmms) Array.ForEach(FewAddresses, a => test(r, a));
        foreach (var a in Addresses)
        {
            test(Xmm.Xmm6, a);
            test(Xmm.Xmm11, a);
        }
    }

    private static int DisplacementSize(Address a) => a.Displacement == 0 ? 0 : a.Displacement is >= -128 and <= 127 ? 1 : 8;
}
