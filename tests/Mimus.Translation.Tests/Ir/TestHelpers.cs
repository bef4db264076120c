using Mimus.Isa;

namespace Mimus.Translation.Tests.Ir;

/// <summary>Helpers that text can call.</summary>
internal static unsafe class TestHelpers
{
    /// <summary>The slots that helpers look at and change.</summary>
    public const int Read = 3, Written = 4;

    public static string[] Names { get; } = ["mix", "change", "fail"];

    public static Helper? Find(string name) => name switch
    {
        "mix" => new Helper(name, &Mix),
        "change" => new Helper(name, &Change),
        "fail" => new Helper(name, &Fail),
        _ => null,
    };

    private static ulong Mix(EmulatedCpu cpu, ulong a, ulong b) => (a * 3) ^ b ^ cpu.Slots[Read];

    private static ulong Change(EmulatedCpu cpu, ulong a, ulong b)
    {
        cpu.Slots[Written] += a;
        cpu.Slots[Read] ^= b;
        return cpu.Slots[Written] - b;
    }

    private static ulong Fail(EmulatedCpu cpu, ulong a, ulong b)
    {
        if ((a & 7) == 0) cpu.RaiseTrap(5, b);
        return b + 1;
    }
}
