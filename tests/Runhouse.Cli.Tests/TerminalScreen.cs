using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Runhouse.Cli.Tests;

/// <summary>A real terminal, held by <c>tmux</c>, in which command lines run; what stands on it is read as text.</summary>
internal static partial class TerminalScreen
{
    private const string Install = "apt-get install -y tmux";
    private const string End = "-- done --";

    /// <summary>The program, where it was built: the programs of the host lie beside it.</summary>
    public static string Program { get; } = Path.Combine(
        Repository.Root, "src", "Runhouse.Cli", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0", "Runhouse.Cli.dll");

    /// <summary>Skips the test where there is no terminal to be had, except in CI.</summary>
    private static void Require()
    {
        if (File.Exists("/usr/bin/tmux"))
            return;
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail($"A terminal takes tmux: {Install}");
        Assert.Skip($"A terminal takes tmux: {Install}");
    }

    /// <summary>Runs a command line of <c>runhouse</c> and reads what stands on the screen when it has ended.</summary>
    /// <param name="arguments">The arguments, as a shell takes them.</param>
    public static async Task<string> RunAsync(string arguments)
    {
        Require();

        // With a home for the screens alone, whose host comes and goes.
        string home = Path.Combine(HomeOfTests.Path, "screens");
        // A server for each: one that has been told to end may still take the next session, and then ends with it.
        string server = "rhc-" + RandomNumberGenerator.GetHexString(8, lowercase: true);
        await TmuxAsync(server, "new-session", "-d", "-x", "150", "-y", "80", "sh", "-c", $"RUNHOUSE_HOME={home} dotnet {Program} {arguments}; echo \"exit code $?\"; echo '{End}'; exec sleep 1000");
        try
        {
            while (true)
            {
                string screen = await TmuxAsync(server, "capture-pane", "-p");
                if (screen.Contains(End, StringComparison.Ordinal))
                    return Same(screen[..screen.IndexOf(End, StringComparison.Ordinal)]);
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
        }
        finally
        {
            await TmuxAsync(server, "kill-server");
        }
    }

    // What is another one each time, and on each machine.
    private static string Same(string screen)
    {
        IEnumerable<string> lines = screen.Split('\n').Select(static line => line.StartsWith("exit code", StringComparison.Ordinal) ? line.TrimEnd() : Number().Replace(line.TrimEnd(), "#"));
        return string.Join('\n', lines).TrimEnd('\n') + "\n";
    }

    [GeneratedRegex(@"\d+([.:]\d+)*")]
    private static partial Regex Number();

    private static async Task<string> TmuxAsync(string server, params string[] arguments)
    {
        var start = new ProcessStartInfo("tmux", ["-L", server, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output;
    }
}
