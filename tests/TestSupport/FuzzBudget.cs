using System.Globalization;

namespace Mimus.TestSupport;

/// <summary>How many random instructions a test is to run: MIMUS_FUZZ says it, else the test's own default holds.</summary>
public static class FuzzBudget
{
    public static long Or(long standard) =>
        long.TryParse(Environment.GetEnvironmentVariable("MIMUS_FUZZ"), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : standard;
}
