using System.Diagnostics;

namespace Runhouse.Ssh.Network;

/// <summary>Runs programs of the system.</summary>
internal static class Tool
{
    // Far beyond what any takes: what does not end says so, and what it was, instead of having the whole run wait.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Runs a program to its end and gives its output; fails when it does.</summary>
    public static async Task<string> RunAsync(string program, string[] arguments, string? input = null, Dictionary<string, string>? environment = null)
    {
        using Process process = Start(program, arguments, environment);
        using var patience = new CancellationTokenSource(Patience);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), patience.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(patience.Token);
            await Task.WhenAll(errors, output).WaitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            bool hasExited = process.HasExited;
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} has not ended within {Patience}{(hasExited ? ", or what it started and left behind has not" : "")}.");
        }

        return process.ExitCode == 0
            ? (await output).Trim()
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {await errors}{await output}");
    }

    /// <summary>Starts a program whose input, output and errors are read here.</summary>
    public static Process Start(string program, string[] arguments, Dictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment ?? [])
            start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
