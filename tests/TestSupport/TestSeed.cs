using System.Globalization;

namespace Mimus.TestSupport;

/// <summary>The seed of random inputs: fixed, so that a run can be repeated; MIMUS_TEST_SEED (decimal) sets another.</summary>
public static class TestSeed
{
    public static int Value { get; } =
        Environment.GetEnvironmentVariable("MIMUS_TEST_SEED") is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : 20261121;
}
