using Mimus.Engines.Tests.Machines;
using Mimus.Engines.Tests.Programs;
using Mimus.TestSupport;
using Xunit.Abstractions;

namespace Mimus.Engines.Tests;

/// <summary>Random programs with control flow end in the same state on all engines.</summary>
public sealed class ProgramTests(ITestOutputHelper output)
{
    private const int DefaultInstructions = 200_000;

    /// <summary>How often one of a program's instructions may run, its trap handlers' included, for the budget to be what it says.</summary>
    private const int Repetitions = 80;

    private const int MaximumReports = 3;

    [Fact]
    public void Random_programs_end_in_the_same_state_on_all_engines() =>
        Compare(EngineList.Compared, FuzzBudget.Or(DefaultInstructions) * Repetitions);

    [Fact]
    public void Random_programs_end_in_the_same_state_when_they_are_stepped() =>
        Compare([EngineList.Stepping], FuzzBudget.Or(DefaultInstructions) * Repetitions / 8);

    private void Compare(IReadOnlyList<Engine> engines, long wanted)
    {
        using var comparison = new Comparison(engines);
        long written = 0;
        var programs = 0;
        var reports = new List<string>();
        while (comparison.Executed < wanted && reports.Count < MaximumReports)
        {
            var program = ProgramGenerator.Create(TestSeed.Value + programs++, new ProgramOptions());
            if (comparison.Report(program) is { } report) reports.Add(report);
            written += program.Length;
        }
        output.WriteLine($"{programs} programs of {written} instructions, of which {comparison.Executed} were run; first seed {TestSeed.Value}");
        Assert.True(reports.Count == 0, $"{reports.Count} of {programs} programs differ\n\n{string.Join("\n\n", reports)}");
    }
}
