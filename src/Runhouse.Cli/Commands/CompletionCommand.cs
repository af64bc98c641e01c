using System.CommandLine;
using Runhouse.Cli.Output;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse completion</c>.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _runhouse() {
            local IFS=$'\n'
            COMPREPLY=($(runhouse "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null | grep -F -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _runhouse runhouse

        """;

    private const string Zsh = """
        #compdef runhouse
        _runhouse() {
            local -a words_found
            words_found=("${(@f)$(runhouse "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            compadd -a words_found
        }
        compdef _runhouse runhouse

        """;

    private const string Fish = """
        complete -c runhouse -f -a '(runhouse "[suggest:"(commandline -C)"]" (commandline -cp) 2>/dev/null)'

        """;

    private const string PowerShell = """
        Register-ArgumentCompleter -Native -CommandName runhouse -ScriptBlock {
            param($word, $line, $position)
            runhouse "[suggest:$position]" "$line" 2>$null | Where-Object { $_ -like "$word*" } | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
            }
        }

        """;

    public static Command Create(Terminal terminal)
    {
        var shell = new Argument<string>("shell") { Description = "The shell: bash, zsh, fish or powershell." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish", "powershell");
        var command = new Command("completion", "Print the script that completes commands, options and names of clusters; eval it in the shell's start file.") { shell };
        command.SetAction(parsed =>
        {
            terminal.Output.Profile.Out.Writer.Write((parsed.GetValue(shell) switch
            {
                "zsh" => Zsh,
                "fish" => Fish,
                "powershell" => PowerShell,
                _ => Bash,
            }).ReplaceLineEndings("\n"));
            return ExitCodes.Success;
        });
        return command;
    }
}
