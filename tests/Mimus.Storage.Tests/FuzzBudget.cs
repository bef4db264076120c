using System.Globalization;

namespace Mimus.Storage.Tests;

/// <summary>How much is tried with random inputs: little, or much where MIMUS_FUZZ is set. The seed can be set, too.</summary>
internal static class FuzzBudget
{
    public static int Of(int usual, int thorough) => Environment.GetEnvironmentVariable("MIMUS_FUZZ") is { Length: > 0 } ? thorough : usual;

    public static int Seed { get; } = Environment.GetEnvironmentVariable("MIMUS_TEST_SEED") is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : 20261122;
}
