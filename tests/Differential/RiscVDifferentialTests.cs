using System.Globalization;
using Mimus.Differential.Tests.Targets;
using Mimus.TestSupport;
using Mimus.TestSupport.RiscV;
using Mimus.TestSupport.RiscV.Generation;
using Xunit.Abstractions;

namespace Mimus.Differential.Tests;

/// <summary>
/// Random instructions on Mimus and on QEMU. MIMUS_FUZZ says how many, MIMUS_TEST_SEED which: the seed of one block runs it alone
/// first.
/// </summary>
public sealed class RiscVDifferentialTests(ITestOutputHelper output)
{
    private const int DefaultInstructions = 100_000;
    private const int InstructionsByStub = 20_000;
    private const int MaximumReports = 5;

    /// <summary>Happens to QEMU 10 in about one of 8,000 blocks; far more would be something else.</summary>
    private const int BlocksForOneFaultOfTheOther = 1_000;

    [FactNeeding(Need.Qemu10)]
    public void Random_blocks_end_in_the_same_state_as_on_QEMU()
    {
        using var qemu = QemuTarget.Start();
        Compare(qemu, FuzzBudget.Or(DefaultInstructions));
    }

    /// <summary>The same by way of the stub that debuggers use, and with all the machine around the hart.</summary>
    [Fact]
    public void Random_blocks_end_in_the_same_state_behind_Mimus_own_gdb_stub()
    {
        using var stub = StubTarget.Start();
        Compare(stub, InstructionsByStub);
    }

    private void Compare(IRiscVTarget other, long wanted)
    {
        var seed = (int)(Number("MIMUS_TEST_SEED") ?? Environment.TickCount64 & 0x3fff_ffff);
        output.WriteLine($"seed {seed}");

        using var mimus = new MimusTarget();
        var runner = new BlockRunner(mimus, other);
        long executed = 0;
        var blocks = 0;
        var skipped = new Dictionary<string, int>();
        var reports = new List<string>();
        while (executed < wanted && reports.Count < MaximumReports)
        {
            var result = runner.Run(new RandomBlock(seed + blocks++));
            executed += result.Instructions;
            if (result.Skipped is { } reason) skipped[reason] = skipped.GetValueOrDefault(reason) + 1;
            if (result.Note is { } note) output.WriteLine(note);
            if (result.Difference is { } difference) reports.Add(difference);
        }

        output.WriteLine($"{executed} instructions in {blocks} blocks; not compared: "
            + string.Join(", ", skipped.Select(s => $"{s.Value} which {s.Key}")));
        output.WriteLine($"{runner.Coverage.Count} different instructions; least often: "
            + string.Join(' ', runner.Coverage.OrderBy(c => c.Value).Take(12).Select(c => $"{c.Key} {c.Value}")));
        var faults = skipped.GetValueOrDefault(BlockRunner.OtherDiffersFromItself);
        Assert.True(faults <= 3 + (blocks / BlocksForOneFaultOfTheOther), $"{faults} of {blocks} blocks: {BlockRunner.OtherDiffersFromItself}");
        Assert.True(reports.Count == 0, $"{reports.Count} of {blocks} blocks differ; the first seed was {seed}\n\n{string.Join("\n\n", reports)}");
    }

    private static long? Number(string variable) =>
        long.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : null;
}
