using System.Text.RegularExpressions;
using Mimus.TestSupport;

namespace Mimus.Architecture.Tests;

/// <summary>Rules of the house that can be read off the source.</summary>
public sealed partial class SourceTests
{
    private const int LongestFile = 600;

    [Fact]
    public void Every_public_type_says_what_it_is()
    {
        var silent = new List<string>();
        foreach (var file in Repository.SourceFiles("src"))
        {
            // The further parts of a partial type, Type.Part.cs, say what the part is where that helps.
            if (Path.GetFileNameWithoutExtension(file).Contains('.', StringComparison.Ordinal)) continue;
            var lines = File.ReadAllLines(file);
            for (var i = 0; i < lines.Length; i++)
            {
                if (!PublicType().IsMatch(lines[i])) continue;
                var above = i - 1;
                while (above >= 0 && lines[above].TrimStart().StartsWith('[')) above--;
                if (above < 0 || !lines[above].TrimStart().StartsWith("///", StringComparison.Ordinal)) silent.Add($"{Relative(file)}:{i + 1}");
            }
        }
        Assert.Empty(silent);
    }

    [Fact]
    public void No_file_is_longer_than_a_reader_can_bear() =>
        Assert.Empty(Repository.SourceFiles("src").Where(f => File.ReadLines(f).Count() > LongestFile).Select(Relative));

    [Fact]
    public void Nothing_is_left_undone() =>
        Assert.Empty(Repository.SourceFiles("src").Concat(Repository.SourceFiles("tests")).Where(f => !f.EndsWith("SourceTests.cs", StringComparison.Ordinal))
            .Where(f => Undone().IsMatch(File.ReadAllText(f))).Select(Relative));

    [Theory]
    [InlineData("Mimus.Devices")]
    [InlineData("Mimus.Boards")]
    [InlineData("Mimus")]
    [InlineData("Mimus.Control")]
    [InlineData("Mimus.Cli")]
    public void Unsafe_code_stays_on_the_lower_floors(string project)
    {
        var folder = Path.Combine("src", project);
        if (!Directory.Exists(Path.Combine(TestNeeds.Repository, folder))) return;
        Assert.Empty(Repository.SourceFiles(folder).Where(f => UnsafeCode().IsMatch(File.ReadAllText(f))).Select(Relative));
    }

    [Fact]
    public void Only_the_host_project_and_kvm_call_the_operating_system() =>
        Assert.Empty(Repository.SourceFiles("src").Where(f => !Relative(f).StartsWith(Path.Combine("src", "Mimus.Host"), StringComparison.Ordinal))
            .Where(f => File.ReadAllText(f).Contains("[LibraryImport(", StringComparison.Ordinal) || File.ReadAllText(f).Contains("[DllImport(", StringComparison.Ordinal))
            .Select(Relative));

    private static string Relative(string path) => Path.GetRelativePath(TestNeeds.Repository, path);

    [GeneratedRegex(@"^public (static |sealed |abstract |readonly |unsafe |partial |ref )*(class|struct|record|interface|enum|delegate) ")]
    private static partial Regex PublicType();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX|NotImplementedException)\b")]
    private static partial Regex Undone();

    [GeneratedRegex(@"\bunsafe\b(?! code)")]
    private static partial Regex UnsafeCode();
}
