using System.Diagnostics;
using System.Text.Json.Nodes;
using Mimus.TestSupport;

namespace Mimus.Cli.Tests;

/// <summary>The image tool as a process: answers and statuses are those of <c>qemu-img</c>.</summary>
public sealed class ImageToolTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mimus-img-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void An_image_is_made_converted_compared_and_checked()
    {
        File.WriteAllBytes(At("a.raw"), [.. Enumerable.Range(0, 1 << 20).Select(i => (byte)(i >> 9))]);
        Assert.Equal(0, Mimus("convert", "-f", "raw", "-c", "-O", "qcow2", At("a.raw"), At("a.qcow2")).Status);
        Assert.Equal(0, Mimus("check", At("a.qcow2")).Status);
        Assert.Contains("identical", Mimus("compare", "-f", "raw", At("a.raw"), At("a.qcow2")).Output, StringComparison.Ordinal);
        Assert.Equal(0, Mimus("resize", "-q", At("a.qcow2"), "+1M").Status);
        Assert.Equal(1, Mimus("compare", "-s", "-f", "raw", At("a.raw"), At("a.qcow2")).Status);
        Assert.Equal(2, Mimus("compare", At("a.raw"), At("none")).Status);
        Assert.Equal(1, Mimus("info", At("none")).Status);
    }

    [Fact]
    public void Backing_files_are_opened_when_that_is_asked_for()
    {
        File.WriteAllBytes(At("a.raw"), new byte[1 << 20]);
        Assert.Equal(0, Mimus("create", "-q", "-f", "qcow2", "-b", "a.raw", "-F", "raw", At("b.qcow2")).Status);
        var (status, output) = Mimus("convert", At("b.qcow2"), At("c.raw"));
        Assert.Equal(1, status);
        Assert.Contains("--follow", output, StringComparison.Ordinal);
        Assert.Equal(0, Mimus("convert", "--follow", At("b.qcow2"), At("c.raw")).Status);
        Assert.Contains("a.raw", Mimus("info", At("b.qcow2")).Output, StringComparison.Ordinal);
    }

    [FactNeeding(Need.QemuImg)]
    public void Answers_for_programs_are_those_of_qemu_img()
    {
        var qemu = TestNeeds.QemuImg;
        File.WriteAllBytes(At("a.raw"), [.. Enumerable.Range(0, 1 << 20).Select(i => (byte)(i >> 9)), .. new byte[1 << 20]]);
        Assert.Equal(0, Run(qemu, ["convert", "-f", "raw", "-O", "qcow2", At("a.raw"), At("a.qcow2")]).Status);
        Assert.Equal(0, Run(qemu, ["convert", "-f", "raw", "-c", "-O", "qcow2", At("a.raw"), At("p.qcow2")]).Status);
        Assert.Equal(0, Run(qemu, ["snapshot", "-c", "one", At("a.qcow2")]).Status);
        foreach (var name in new[] { "a.qcow2", "p.qcow2" })
        {
            foreach (var verb in new[] { "info", "map", "check" })
            {
                string[] words = [verb, "--output=json", At(name)];
                var (ours, theirs) = (Mimus(words), Run(qemu, words));
                Assert.Equal(theirs.Status, ours.Status);
                Assert.True(JsonNode.DeepEquals(JsonNode.Parse(theirs.Output), JsonNode.Parse(ours.Output)), $"{verb} {name}: {theirs.Output} {ours.Output}");
            }
        }
        foreach (var options in new[] { "cluster_size=4k", "cluster_size=2M", "extended_l2=on", "refcount_bits=64" })
        {
            string[] words = ["measure", "--output=json", "-O", "qcow2", "-o", options, "--size", "20G"];
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Run(qemu, words).Output), JsonNode.Parse(Mimus(words).Output)), options);
        }
    }

    private static (int Status, string Output) Mimus(params string[] words) => Run("dotnet", ["exec", typeof(Failures).Assembly.Location, "--as=img", .. words]);

    private static (int Status, string Output) Run(string program, IEnumerable<string> words)
    {
        using var process = Process.Start(new ProcessStartInfo(program, words) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    private string At(string name) => Path.Combine(_folder, name);
}
