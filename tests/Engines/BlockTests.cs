using Mimus.Engines.Tests.Machines;
using Mimus.TestSupport;
using Mimus.TestSupport.RiscV;
using Mimus.TestSupport.RiscV.Generation;
using Xunit.Abstractions;

namespace Mimus.Engines.Tests;

/// <summary>
/// Blocks of a hundred random instructions of all extensions, legal or not, end in the same state on all engines. They are the blocks
/// that are compared with QEMU.
/// </summary>
public sealed class BlockTests(ITestOutputHelper output)
{
    private const int DefaultInstructions = 200_000;
    private const int MaximumReports = 3;
    private const int StepLimit = 20_000;

    private static readonly InstructionRules s_rules = new() { WritesInReservations = false };

    [Fact]
    public void Random_blocks_end_in_the_same_state_on_all_engines()
    {
        using var comparison = new Comparison(EngineList.Compared);
        var wanted = FuzzBudget.Or(DefaultInstructions);
        long executed = 0;
        int blocks = 0, skipped = 0;
        var reports = new List<string>();
        while (executed < wanted && reports.Count < MaximumReports)
        {
            var block = new RandomBlock(TestSeed.Value + blocks++, s_rules);
            var image = new ProgramImage(block.State, [], block.Pages, Harness.Stop, Harness.Stop);
            // Blocks that run in circles cannot be compared, nor those that change their own code: whether the old or the new one runs
            // before an instruction fence is the implementation's choice.
            if (!comparison.Reference.RunBySteps(image, StepLimit) || !comparison.Reference.IsUnchanged(image, Harness.Block, Harness.BlockPages))
            {
                skipped++;
                continue;
            }
            executed += (long)comparison.Reference.Retired;
            if (comparison.CompareOthers(image, NameOf) is { } difference)
                reports.Add($"seed {block.Seed} (MIMUS_TEST_SEED={block.Seed} runs it first), {block.Kind}\n{difference.Text}\n{List(block)}");
        }
        output.WriteLine($"{executed} instructions in {blocks} blocks, {skipped} of them not compared; first seed {TestSeed.Value}");
        Assert.True(skipped <= 1 + (blocks / 4), $"{skipped} of {blocks} blocks were not compared");
        Assert.True(reports.Count == 0, $"{reports.Count} of {blocks} blocks differ\n\n{string.Join("\n\n", reports)}");
    }

    private static string NameOf(ulong address) => address switch
    {
        >= Harness.Tables => EngineMachine.Tables,
        >= Harness.Window => "window",
        >= Harness.Block => "block",
        >= Harness.Log => $"trap {(address - Harness.Log) / 64}, place {address % 64 / 8}",
        _ => "harness",
    };

    private static IEnumerable<string> Instructions(RandomBlock block)
    {
        var code = block.Pages[Harness.Block].Concat(block.Pages[Harness.Block + 0x1000]).ToArray();
        for (var at = (int)(block.State[CsrNumber.Mepc] - block.CodeStart); at < block.CodeSize;)
        {
            var half = BitConverter.ToUInt16(code, at);
            var length = (half & 3) == 3 ? 4 : 2;
            var word = length == 4 ? BitConverter.ToUInt32(code, at) : half;
            yield return $"  {block.CodeStart + (ulong)at:x}: {word:x8}  {InstructionGenerator.TextOf(word, length)}";
            at += length;
        }
    }

    private static string List(RandomBlock block) => string.Join('\n', Instructions(block));
}
