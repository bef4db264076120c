using Mimus.Translation.Tests.Ir;

namespace Mimus.Translation.Tests.Allocation;

/// <summary>The units that once were compiled wrongly, or nearly so: on all ways through them values are where they are used.</summary>
public sealed class CaseAllocationTests
{
    private static readonly string s_folder = Path.Combine(AppContext.BaseDirectory, "Ir", "cases");

    public static TheoryData<string> Names => IrCaseTests.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void All_values_are_where_they_are_used(string name)
    {
        using var compiler = new CheckedCompiler();
        Assert.Null(compiler.FindFaultInAny(IrCase.Parse(File.ReadAllText(Path.Combine(s_folder, name + ".ir"))).Unit));
    }
}
