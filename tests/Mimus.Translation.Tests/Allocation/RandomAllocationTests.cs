using System.Globalization;
using Mimus.TestSupport;
using Mimus.Translation.Ir;
using Mimus.Translation.Tests.Ir;

namespace Mimus.Translation.Tests.Allocation;

/// <summary>
/// Registers, spills and slots hold what they should on all ways through random units, compiled in every manner; as one of them they are run, too, in
/// <see cref="RandomIrTests"/>.
/// </summary>
public sealed class RandomAllocationTests
{
    private static int Count => Environment.GetEnvironmentVariable("MIMUS_FUZZ") is { } text ? int.Parse(text, CultureInfo.InvariantCulture) / 100 : 100;

    public static TheoryData<int, int, int, int, int, int> Shapes => new()
    {
        { 1, 12, 6, 10, 10, 30 },
        { 1, 150, 30, 10, 15, 70 },
        { 1, 100, 20, 60, 10, 60 },
        { 1, 60, 12, 5, 60, 50 },
        { 4, 12, 8, 10, 8, 40 },
        { 6, 60, 30, 10, 8, 50 },
        { 5, 40, 24, 60, 8, 50 },
        { 8, 120, 40, 30, 25, 70 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void All_values_are_where_they_are_used(int blocks, int operations, int slots, int floatPercent, int sitePercent, int oldPercent)
    {
        using var compiler = new CheckedCompiler();
        for (var i = 0; i < Count; i++)
        {
            var random = new Random(TestSeed.Value + (operations * 100_003) + i);
            var unit = new RandomUnit(random, new RandomShape(blocks, operations, slots, floatPercent, sitePercent, oldPercent)).Make();
            if (compiler.FindFaultInAny(unit) is null) continue;
            var small = UnitShrinker.Shrink(unit, u => compiler.FindFaultInAny(u) is not null);
            Assert.Fail($"unit {i}, seed {TestSeed.Value}: {compiler.FindFaultInAny(small)}\n{IrPrinter.Print(small)}");
        }
    }
}
