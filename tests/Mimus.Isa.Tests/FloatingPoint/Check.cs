using System.Globalization;
using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa.Tests.FloatingPoint;

/// <summary>Seeds and the report of a difference, shared by the tests that draw operands at random.</summary>
internal static class Check
{
    /// <summary>Fixed, so that a run can be repeated; MIMUS_TEST_SEED (decimal) sets another.</summary>
    public static ulong Seed { get; } =
        ulong.TryParse(Environment.GetEnvironmentVariable("MIMUS_TEST_SEED"), CultureInfo.InvariantCulture, out ulong seed) ? seed : 20260731;

    public static RoundingMode[] HostModes { get; } =
        [RoundingMode.NearestEven, RoundingMode.TowardZero, RoundingMode.Down, RoundingMode.Up];

    public static RoundingMode[] AllModes { get; } = Enum.GetValues<RoundingMode>();

    public static void Same(
        string what, RoundingMode mode, ulong a, ulong b, ulong c,
        ulong actual, FloatFlags actualFlags, ulong expected, FloatFlags expectedFlags)
    {
        if (actual == expected && actualFlags == expectedFlags) return;
        Assert.Fail(
            $"{what} {mode} a={a:x} b={b:x} c={c:x}: {actual:x} [{actualFlags}], expected {expected:x} [{expectedFlags}]; seed {Seed}");
    }

    /// <summary>A seed of its own for each case of a theory.</summary>
    public static ulong SeedFor(params ReadOnlySpan<int> parts)
    {
        ulong seed = Seed;
        foreach (int part in parts) seed = (seed ^ (uint)part) * 0x100000001B3;
        return seed;
    }
}
