using System.Globalization;
using Mimus.TestSupport;
using Mimus.Translation.Ir;
using Mimus.Translation.Tests.X64.Execution;

namespace Mimus.Translation.Tests.Ir;

/// <summary>
/// Random units, evaluated and compiled: the check of register allocation and of lowering. A failure shows the smallest unit
/// that still fails, ready to become a case.
/// </summary>
public sealed class RandomIrTests
{
    private static int Count => Environment.GetEnvironmentVariable("MIMUS_FUZZ") is { } text ? int.Parse(text, CultureInfo.InvariantCulture) / 10 : 2000;

    [FactOnHost]
    public void Short_blocks() => Check(1, new RandomShape(1, 12, 6, 10, 10, 30));

    [FactOnHost]
    public void Blocks_with_more_values_than_registers() => Check(2, new RandomShape(1, 150, 30, 10, 15, 70));

    [FactOnHost]
    public void Blocks_of_floating_point() => Check(3, new RandomShape(1, 100, 20, 60, 10, 60));

    [FactOnHost]
    public void Blocks_of_memory_accesses() => Check(4, new RandomShape(1, 60, 12, 5, 60, 50));

    [FactOnHost]
    public void Loops() => Check(5, new RandomShape(4, 12, 8, 10, 8, 40));

    [FactOnHost]
    public void Regions_with_more_slots_than_registers() => Check(6, new RandomShape(6, 60, 30, 10, 8, 50));

    [FactOnHost]
    public void Regions_of_floating_point() => Check(7, new RandomShape(5, 40, 24, 60, 8, 50));

    [FactOnHost]
    public void Regions_of_everything() => Check(8, new RandomShape(8, 120, 40, 30, 25, 70));

    [FactOnHost]
    public void Recorded_once_more() => Check(9, new RandomShape(3, 60, 12, 15, 20, 40, OnlyRecorded: true), isRecorded: true);

    private static void Check(int kind, RandomShape shape, bool isRecorded = false)
    {
        using var runner = new IrRunner();
        for (var i = 0; i < Count; i++)
        {
            var seed = HashCode(TestSeed.Value, kind, i);
            var maker = new RandomUnit(new Random(seed), shape);
            var unit = maker.Make();
            var state = maker.MakeState();
            Assert.Null(IrVerifier.FindFault(unit));
            Func<IrUnit, IrState, string?> compare = isRecorded ? runner.CompareRecorded : runner.Compare;
            if (compare(unit, state) is null) continue;
            var small = UnitShrinker.Shrink(unit, u => compare(u, state) is not null);
            var recorded = isRecorded ? $"\nrecorded:\n{IrPrinter.Print(UnitReplay.Record(small))}" : "";
            Assert.Fail($"unit {i}, seed {TestSeed.Value}: {compare(small, state)}\n{Small(state, small, compare)}\n{IrPrinter.Print(small)}{recorded}");
        }
    }

    /// <summary>The state without the slots that do not matter.</summary>
    private static IrState Small(IrState state, IrUnit unit, Func<IrUnit, IrState, string?> compare)
    {
        for (var i = 0; i < state.Slots.Length; i++)
        {
            if (state.Slots[i] == 0) continue;
            var slots = (ulong[])state.Slots.Clone();
            slots[i] = 0;
            var candidate = state with { Slots = slots };
            if (compare(unit, candidate) is not null) state = candidate;
        }
        return state;
    }

    /// <summary>The same in every run, as HashCode.Combine is not.</summary>
    private static int HashCode(int a, int b, int c) => (a * 31) + (b * 1_000_003) + (c * 7919);
}
