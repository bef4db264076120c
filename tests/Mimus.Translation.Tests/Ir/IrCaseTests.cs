using System.Globalization;
using Mimus.Translation.Ir;

namespace Mimus.Translation.Tests.Ir;

/// <summary>The files in <c>cases</c>, evaluated and compiled.</summary>
public sealed class IrCaseTests
{
    private static readonly string s_folder = Path.Combine(AppContext.BaseDirectory, "Ir", "cases");

    public static TheoryData<string> Names => [.. Directory.GetFiles(s_folder, "*.ir").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Evaluated_as_the_file_says(string name)
    {
        var found = Read(name);
        Assert.Null(IrVerifier.FindFault(found.Unit));
        using var runner = new IrRunner();
        var outcome = runner.Evaluate(found.Unit, found.State);
        foreach (var (slot, value) in found.Slots)
            Assert.True(runner.Slots[slot] == value, string.Create(CultureInfo.InvariantCulture, $"s{slot} is 0x{runner.Slots[slot]:x} instead of 0x{value:x}"));
        Assert.Equal(found.Trap is null ? EndKind.Left : EndKind.Trapped, outcome.Kind);
        if (found.Trap is { } cause) Assert.Equal(cause, outcome.Cause);
        if (found.End is { } pc) Assert.Equal(pc, outcome.Pc);
    }

    [TheoryOnHost]
    [MemberData(nameof(Names))]
    public void Compiled_code_does_the_same(string name)
    {
        var found = Read(name);
        using var runner = new IrRunner();
        Assert.Null(runner.Compare(found.Unit, found.State));
    }

    [TheoryOnHost]
    [InlineData("loaded-value-and-its-extension")]
    public void Recorded_once_more_it_does_the_same(string name)
    {
        var found = Read(name);
        using var runner = new IrRunner();
        Assert.Null(runner.CompareRecorded(found.Unit, found.State));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Text_comes_back(string name)
    {
        var text = IrPrinter.Print(Read(name).Unit);
        Assert.Equal(text, IrPrinter.Print(IrParser.Parse(text, TestHelpers.Find)));
    }

    private static IrCase Read(string name) => IrCase.Parse(File.ReadAllText(Path.Combine(s_folder, name + ".ir")));
}
