using Mimus.Boards;
using Mimus.Cli.Qemu;
using Mimus.Cli.Running;

namespace Mimus.Cli.Tests.Support;

/// <summary>Command lines as a person writes them, taken as far as a test wants.</summary>
internal static class CommandLine
{
    public const string RiscV = "riscv64", X64 = "x86_64";

    public static QemuRequest NewRequest(string architecture = RiscV) =>
        new("mimus-system-" + architecture, BoardCatalog.Architectures.Single(a => a.Name == architecture));

    public static QemuRequest Request(string line, string architecture = RiscV)
    {
        var request = NewRequest(architecture);
        CommandLineParser.Parse(Words(line), request);
        return request;
    }

    public static RunPlan Plan(string line, string architecture = RiscV) => PlanMapping.ToPlan(Request(line, architecture));

    /// <summary>The sentence with which a command line ends, at the latest when its machine is built.</summary>
    public static string Refusal(string line, string architecture = RiscV)
    {
        var error = Record.Exception(() => new MachineRunner(Plan(line + " -S -display none -serial none -monitor none -machine dumpdtb=/dev/null", architecture)).Run());
        Assert.NotNull(error);
        return Failures.Sentence(error);
    }

    /// <summary>Splits at spaces; quotes hold a word together.</summary>
    public static string[] Words(string line)
    {
        var parts = line.Split('"');
        return [.. parts.SelectMany((part, i) => i % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
    }
}
