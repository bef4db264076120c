using System.Xml.Linq;
using Mimus.TestSupport;

namespace Mimus.Architecture.Tests;

/// <summary>The floors of the house: each project refers only to projects below it, as docs/design.md lists them.</summary>
public sealed class ProjectReferenceTests
{
    /// <summary>Every project, and all that it may refer to.</summary>
    private static readonly Dictionary<string, string[]> s_allowed = new()
    {
        ["Mimus.Host"] = [],
        ["Mimus.Core"] = ["Mimus.Host"],
        ["Mimus.Isa.Generator"] = [],
        ["Mimus.Isa"] = ["Mimus.Host", "Mimus.Core"],
        ["Mimus.Isa.RiscV"] = ["Mimus.Host", "Mimus.Core", "Mimus.Isa", "Mimus.Isa.Generator"],
        ["Mimus.Isa.X86"] = ["Mimus.Host", "Mimus.Core", "Mimus.Isa", "Mimus.Isa.Generator"],
        ["Mimus.Translation"] = ["Mimus.Host", "Mimus.Core", "Mimus.Isa", "Mimus.Isa.RiscV", "Mimus.Isa.X86"],
        ["Mimus.Kvm"] = ["Mimus.Host", "Mimus.Core", "Mimus.Isa", "Mimus.Isa.X86"],
        ["Mimus.Devices"] = ["Mimus.Core"],
        ["Mimus.Storage"] = ["Mimus.Host", "Mimus.Core"],
        ["Mimus.Boards"] = ["Mimus.Core", "Mimus.Isa", "Mimus.Isa.RiscV", "Mimus.Isa.X86", "Mimus.Devices", "Mimus.Storage"],
        ["Mimus"] = ["Mimus.Host", "Mimus.Core", "Mimus.Isa", "Mimus.Isa.RiscV", "Mimus.Isa.X86", "Mimus.Translation", "Mimus.Devices", "Mimus.Storage", "Mimus.Boards"],
        ["Mimus.Control"] = ["Mimus.Host", "Mimus.Core", "Mimus.Isa", "Mimus.Isa.RiscV", "Mimus.Isa.X86", "Mimus.Translation", "Mimus.Devices", "Mimus.Storage", "Mimus.Boards", "Mimus"],
        ["Mimus.Cli"] = ["Mimus.Host", "Mimus.Core", "Mimus.Isa", "Mimus.Isa.RiscV", "Mimus.Isa.X86", "Mimus.Translation", "Mimus.Devices", "Mimus.Storage", "Mimus.Boards", "Mimus", "Mimus.Control", "Mimus.Kvm"],
    };

    public static TheoryData<string> Projects => [.. ProjectFiles().Select(f => Path.GetFileNameWithoutExtension(f))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_refers_only_to_floors_below_it(string project)
    {
        Assert.True(s_allowed.TryGetValue(project, out var allowed), $"{project} has no floor in the house; give it one in docs/design.md and here");
        var file = ProjectFiles().Single(f => Path.GetFileNameWithoutExtension(f) == project);
        var references = References(file).ToList();
        Assert.All(references, r => Assert.True(allowed.Contains(r), $"{project} must not refer to {r}"));
    }

    [Fact]
    public void Nothing_is_reached_by_way_of_another_floor_that_could_not_be_reached_directly()
    {
        var direct = ProjectFiles().ToDictionary(f => Path.GetFileNameWithoutExtension(f), f => References(f).ToList());
        foreach (var (project, references) in direct)
        {
            // What arrives through a reference's references is compiled against, too, unless a test here forbids the use.
            var reached = new HashSet<string>(references);
            var open = new Queue<string>(references);
            while (open.TryDequeue(out var next))
            {
                foreach (var further in direct[next].Where(reached.Add)) open.Enqueue(further);
            }
            Assert.DoesNotContain(project, reached);
        }
    }

    [Theory]
    [InlineData("Mimus.Devices", "Mimus.Isa", "Mimus.Translation", "Mimus.Boards")]
    [InlineData("Mimus.Storage", "Mimus.Devices", "Mimus.Isa")]
    [InlineData("Mimus.Core", "Mimus.Isa", "Mimus.Devices", "Mimus.Translation")]
    [InlineData("Mimus.Isa", "Mimus.Isa.RiscV", "Mimus.Isa.X86", "Mimus.Devices", "Mimus.Translation")]
    [InlineData("Mimus.Isa.RiscV", "Mimus.Isa.X86", "Mimus.Devices", "Mimus.Translation", "Mimus.Boards")]
    [InlineData("Mimus.Translation", "Mimus.Devices", "Mimus.Boards")]
    [InlineData("Mimus.Boards", "Mimus.Control", "Mimus.Cli", "Mimus.Translation", "Mimus.Kvm")]
    [InlineData("Mimus.Kvm", "Mimus.Devices", "Mimus.Translation", "Mimus.Boards")]
    [InlineData("Mimus", "Mimus.Kvm")]
    public void Source_does_not_name_what_its_project_must_not_know(string project, params string[] forbidden)
    {
        foreach (var file in Repository.SourceFiles(Path.Combine("src", project)))
        {
            var lines = File.ReadAllLines(file);
            foreach (var name in forbidden)
            {
                Assert.DoesNotContain(lines, l => l.StartsWith($"using {name};", StringComparison.Ordinal) || l.StartsWith($"using {name}.", StringComparison.Ordinal));
            }
        }
    }

    private static IEnumerable<string> ProjectFiles() => Directory.EnumerateFiles(Path.Combine(TestNeeds.Repository, "src"), "*.csproj", SearchOption.AllDirectories);

    private static IEnumerable<string> References(string projectFile) => XDocument.Load(projectFile).Descendants("ProjectReference")
        .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')));
}
