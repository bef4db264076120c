using Mimus.TestSupport;

namespace Mimus.Architecture.Tests;

/// <summary>The files of the repository that the tests read.</summary>
internal static class Repository
{
    public static IEnumerable<string> SourceFiles(string folder) =>
        Directory.EnumerateFiles(Path.Combine(TestNeeds.Repository, folder), "*.cs", SearchOption.AllDirectories);
}
