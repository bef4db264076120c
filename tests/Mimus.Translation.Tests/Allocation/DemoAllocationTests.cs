using Mimus.Core.Diagnostics;
using Mimus.Isa;
using Mimus.TestSupport;
using Mimus.Translation.Engine;
using Mimus.Translation.Ir;
using Mimus.Translation.Tests.Ir;

namespace Mimus.Translation.Tests.Allocation;

/// <summary>Registers, spills and slots hold what they should in code that people wrote: that of the demo guest, as blocks and as regions.</summary>
public sealed class DemoAllocationTests
{
    private const int FewestUnits = 200;

    [TheoryOnHost]
    [InlineData(3, 2000)]
    [InlineData(0, 0)]
    public void All_values_are_where_they_are_used(int blockThreshold, int regionThreshold)
    {
        using var compiler = new CheckedCompiler();
        var units = Record(new TranslatorOptions { BlockThreshold = blockThreshold, RegionThreshold = regionThreshold });
        Assert.True(units.Count >= FewestUnits, $"only {units.Count} units were compiled");
        foreach (var text in units)
        {
            var unit = IrParser.Parse(text, AnyHelper);
            if (compiler.FindFaultInAny(unit) is { } fault) Assert.Fail($"{fault}\n{text}");
        }
    }

    /// <summary>The operations of all that is compiled while the guest plays its tour.</summary>
    private static HashSet<string> Record(TranslatorOptions options)
    {
        using var text = new StringWriter { NewLine = "\n" };
        using (var guest = new Guest(Guest.Demo(2, "tour"), new VmOptions
        {
            Accelerator = () => new TranslatorAccelerator(options),
            Log = new MachineLog(text, LogItems.Operations),
        }))
        {
            Assert.Equal(0, guest.RunToEnd());
        }
        var pieces = text.ToString().Split(["----------------\n", "OP:\n"], StringSplitOptions.None);
        return [.. pieces.Where(p => p.StartsWith("block ", StringComparison.Ordinal))];
    }

    /// <summary>What a method does is nothing to the checker.</summary>
    private static unsafe Helper? AnyHelper(string name) => new Helper(name, &Nothing);

    private static ulong Nothing(EmulatedCpu cpu, ulong a, ulong b) => 0;
}
