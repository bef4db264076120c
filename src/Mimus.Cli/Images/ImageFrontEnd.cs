namespace Mimus.Cli.Images;

/// <summary>The image tool: <c>qemu-img</c>'s verbs, options, answers and exit statuses.</summary>
internal static class ImageFrontEnd
{
    private static readonly ImageVerb[] s_verbs =
    [
        new("amend", "[-f FMT] [-p] -o OPTIONS FILE", AmendVerb.Run),
        new("bench", "[-f FMT] [-c COUNT] [-d DEPTH] [-s SIZE] [-S STEP] [-o OFFSET] [-w] [--pattern=N] [--flush-interval=N] [--no-drain] FILE", BenchVerb.Run),
        new("check", "[-f FMT] [--output=json] [-r leaks|all] [-q] [-U] FILE", CheckVerb.Run),
        new("commit", "[-f FMT] [-b BASE] [-d] [-p] [-q] [--follow] FILE", CommitVerb.Run),
        new("compare", "[-f FMT] [-F FMT] [-p] [-q] [-s] [-U] [--follow] FILE1 FILE2", CompareVerb.Run),
        new("convert", "[-f FMT] [-O FMT] [-o OPTIONS] [-B BACKING [-F FMT]] [-c] [-l SNAPSHOT] [-m N] [-n] [-p] [-q] [-U] [-W] [--follow] FILE... OUTPUT", ConvertVerb.Run),
        new("create", "[-f FMT] [-b BACKING -F FMT] [-o OPTIONS] [-q] [-u] FILE [SIZE]", CreateVerb.Run),
        new("dd", "[-f FMT] [-O FMT] [-U] [--follow] [bs=SIZE] [count=N] [skip=N] if=INPUT of=OUTPUT", DdVerb.Run),
        new("info", "[-f FMT] [--output=json] [--backing-chain] [-U] FILE", InfoVerb.Run),
        new("map", "[-f FMT] [--output=json] [-s OFFSET] [-l LENGTH] [-U] [--follow] FILE", MapVerb.Run),
        new("measure", "[-f FMT] [-O FMT] [-o OPTIONS] [-l SNAPSHOT] [--output=json] [--size N | --follow FILE]", MeasureVerb.Run),
        new("rebase", "[-f FMT] [-u] -b BACKING [-F FMT] [-p] [-q] [--follow] FILE", RebaseVerb.Run),
        new("resize", "[-f FMT] [--preallocation=P] [--shrink] [-q] FILE [+|-]SIZE", ResizeVerb.Run),
        new("snapshot", "[-f FMT] [-q] [-U] -l | -a NAME | -c NAME | -d NAME FILE", SnapshotVerb.Run),
    ];

    public static int Run(ReadOnlySpan<string> arguments)
    {
        var rest = arguments.ToArray();
        if (rest.Length == 0 || rest[0] is "-h" or "--help" or "help")
        {
            HostOutput.Write(Help());
            return rest.Length == 0 ? 1 : 0;
        }
        if (rest[0] is "-V" or "--version")
        {
            HostOutput.WriteLine($"qemu-img version {Qemu.QemuIdentity.Spoken} (Mimus {ProductVersion.Text})");
            return 0;
        }
        var verb = Array.Find(s_verbs, v => v.Name == rest[0]);
        if (verb is null) return Failures.Report("mimus-img", () => throw new Boards.ConfigurationException($"there is no verb '{rest[0]}'{Boards.Suggestion.For(rest[0], s_verbs.Select(v => v.Name))}; see 'mimus-img --help'"));
        if (rest.AsSpan(1).ContainsAny("-h", "--help"))
        {
            HostOutput.WriteLine($"mimus-img {verb.Name} {verb.Usage}");
            return 0;
        }
        return Failures.Report("mimus-img", () => verb.Run(rest.AsSpan(1)));
    }

    private static string Help()
    {
        var text = "mimus-img VERB ...: makes, looks at and changes disk images, as qemu-img does\n\n";
        foreach (var verb in s_verbs) text += $"  {verb.Name} {verb.Usage}\n";
        return text + $"""

            Files that an image names, its backing file or its data file, are opened only with --follow, or where {ImageSource.FollowVariable}=1 is
            set: an image from elsewhere could name any file of this machine. FMT is raw or qcow2; without it the file's first bytes decide.

            """;
    }
}
