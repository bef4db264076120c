using System.Diagnostics;

namespace Mimus.Storage.Tests;

/// <summary>QEMU's own image tools, which nobody here wrote.</summary>
internal static class QemuImg
{
    public static readonly string Folder = FindFolder();

    public static bool IsThere => File.Exists(Path.Combine(Folder, "qemu-img"));

    public static (int Status, string Output) Run(params string[] arguments) => RunTool("qemu-img", arguments);

    public static (int Status, string Output) RunIo(params string[] arguments) => RunTool("qemu-io", arguments);

    /// <summary>Runs what has to succeed.</summary>
    public static string Must(params string[] arguments)
    {
        var (status, output) = Run(arguments);
        Assert.True(status == 0, $"qemu-img {string.Join(' ', arguments)}: {status}: {output}");
        return output;
    }

    private static (int Status, string Output) RunTool(string tool, string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Folder, tool), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    private static string FindFolder()
    {
        var needs = Environment.GetEnvironmentVariable("MIMUS_NEEDS");
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); needs is null && folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Mimus.slnx"))) needs = Path.Combine(folder.FullName, ".cache", "needs");
        }
        return Path.Combine(needs ?? ".", "bin");
    }
}
