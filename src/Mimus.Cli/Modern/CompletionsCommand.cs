using System.CommandLine;

namespace Mimus.Cli.Modern;

/// <summary><c>mimus completions SHELL</c>: a script that lets a shell ask this program for completions.</summary>
internal static class CompletionsCommand
{
    // The scripts pass the cursor's position and the line to the library's [suggest] directive.
    private static readonly (string Shell, string Script)[] s_scripts =
    [
        ("bash", """
            _mimus() {
                local IFS=$'\n'
                COMPREPLY=($(compgen -W "$(mimus "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
                [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -F _mimus mimus

            """),
        ("zsh", """
            _mimus() {
                local -a words_found
                words_found=("${(@f)$(mimus "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
                [ -n "$words_found" ] && compadd -- $words_found || _files
            }
            compdef _mimus mimus

            """),
        ("fish", """
            complete -c mimus -a '(mimus "[suggest:"(commandline -C)"]" (commandline) 2>/dev/null)'

            """),
    ];

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong([.. s_scripts.Select(s => s.Shell)]);
        var command = new Command("completions", "Print a script that completes this program's options in a shell.") { shell };
        command.SetAction(result =>
        {
            HostOutput.Write(s_scripts.First(s => s.Shell == result.GetValue(shell)).Script);
            return 0;
        });
        return command;
    }
}
