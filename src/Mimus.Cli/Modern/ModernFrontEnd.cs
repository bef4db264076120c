using System.CommandLine;
using Mimus.Boards;

namespace Mimus.Cli.Modern;

/// <summary>The command with subcommands: run, demo, pico, screen, doctor, completions.</summary>
internal static class ModernFrontEnd
{
    public const string Program = "mimus";

    public static int Run(string[] arguments) => Failures.Report(Program, () =>
    {
        var root = new RootCommand("Mimus emulates whole machines: unmodified RISC-V systems run on it.")
        {
            RunCommand.Create(),
            DemoCommand.Create(),
            PicoCommand.Create(),
            ScreenCommand.Create(),
            DoctorCommand.Create(),
            CompletionsCommand.Create(),
        };
        var result = root.Parse(arguments);
        if (result.Errors.Count > 0) throw Refusal(result);
        return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    });

    private static ConfigurationException Refusal(ParseResult result)
    {
        var command = result.CommandResult.Command;
        var path = command is RootCommand ? Program : $"{Program} {command.Name}";
        if (result.UnmatchedTokens.Count == 0) return new ConfigurationException($"{result.Errors[0].Message.TrimEnd('.')}; '{path} --help' shows what is possible");
        var word = result.UnmatchedTokens[0];
        var known = command.Subcommands.Select(c => c.Name).Concat(command.Options.Select(o => o.Name));
        return new ConfigurationException($"'{path}' does not know '{word}'{Suggestion.For(word, known)}; '{path} --help' shows what is possible");
    }
}
