using Mimus.Cli.Qemu;
using Mimus.Cli.Running;

namespace Mimus.Cli.Tests.Support;

/// <summary>Command lines as a person writes them, taken as far as a test wants.</summary>
internal static class CommandLine
{
    public const string Program = "mimus-system-riscv64";

    public static QemuRequest Request(string line)
    {
        var request = new QemuRequest(Program);
        CommandLineParser.Parse(Words(line), request);
        return request;
    }

    public static RunPlan Plan(string line) => PlanMapping.ToPlan(Request(line));

    /// <summary>The sentence with which a command line ends, at the latest when its machine is built.</summary>
    public static string Refusal(string line)
    {
        var error = Record.Exception(() => new MachineRunner(Plan(line + " -S -display none -serial none -monitor none -machine dumpdtb=/dev/null")).Run());
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
