using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;
using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Providers.Local;

/// <summary>Starts a host that outlives this process, and waits until it answers.</summary>
/// <param name="program">The host's program.</param>
/// <param name="directory">The host's folder.</param>
/// <param name="time">The clock.</param>
internal sealed class HostProcess(HostProgram program, string directory, TimeProvider time)
{
    private const int TailLines = 20;

    private static readonly string[] SetSidPaths = ["/usr/bin/setsid", "/bin/setsid"];
    /// <summary>The host's exit code when another host holds its folder.</summary>
    private const int FolderIsTaken = 3;

    private static readonly TimeSpan FirstPoll = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan LastPoll = TimeSpan.FromMilliseconds(30);

    /// <summary>Starts the host and waits for its <c>host.json</c>.</summary>
    /// <param name="options">How it is to run.</param>
    /// <param name="cancellationToken">Stops waiting; the host goes on starting.</param>
    /// <returns>The host; null when another one, which does not answer now, holds the folder.</returns>
    /// <exception cref="DeploymentException">It did not start.</exception>
    public async Task<HostFile?> StartAsync(RunhouseOptions options, CancellationToken cancellationToken)
    {
        // What a host that ended without a word left behind must not be taken for the new one's; nor is it ours to delete: its host may only be slow.
        string? before = HostFile.TryRead(directory)?.HostId;
        long started = time.GetTimestamp();
        using Process process = Start(options);
        var errors = new StringBuilder();
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null)
                return;
            lock (errors)
                errors.Append(line.Data).Append('\n');
        };
        process.BeginErrorReadLine();
        TimeSpan poll = FirstPoll;
        while (true)
        {
            if (HostFile.TryRead(directory) is { } file && file.HostId != before)
                return file;
            if (process.HasExited)
            {
                await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
                if (process.ExitCode == FolderIsTaken)
                    return null;
                throw DidNotStart($"ended with exit code {process.ExitCode}", errors);
            }

            if (time.GetElapsedTime(started) > options.ConnectTimeout)
                throw DidNotStart($"(process {process.Id}) did not answer within {TimeLimit.Text(options.ConnectTimeout)} (Runhouse:ConnectTimeout)", errors);
            await Task.Delay(poll, time, cancellationToken).ConfigureAwait(false);
            poll = poll * 1.3 < LastPoll ? poll * 1.3 : LastPoll;
        }
    }

    private Process Start(RunhouseOptions options)
    {
        // A session of its own: Ctrl-C in this terminal and the terminal's end do not reach it. setsid becomes the host, no process stays between.
        string? setsid = OperatingSystem.IsLinux() ? SetSidPaths.FirstOrDefault(File.Exists) : null;
        var start = new ProcessStartInfo(setsid ?? program.FileName)
        {
            // Pipes of ours, closed once it answers, so that it holds neither this terminal nor a pipe that somebody reads our output from.
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory,
        };
        if (setsid is not null)
            start.ArgumentList.Add(program.FileName);
        foreach (string argument in program.Arguments)
            start.ArgumentList.Add(argument);
        foreach (string argument in (ReadOnlySpan<string>)[
            "--home", directory,
            "--port", "0",
            "--idle-timeout", options.Local.IdleTimeout.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture),
            "--tls", options.Local.Tls ? "on" : "off",
            "--limits", JsonSerializer.Serialize(options.Limits, ControlJson.Default.WireLimits),
            "--deployments-kept", options.Deployments.Kept.ToString(CultureInfo.InvariantCulture),
            "--deployment-age", options.Deployments.Age.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture),
            "--deployment-grace", options.Deployments.Grace.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture),
            "--name", "local"])
        {
            start.ArgumentList.Add(argument);
        }

        KeepOwnEnvironment(start.Environment);
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new DeploymentException($"The host's program {program.FileName} cannot be started: {e.Message}. Check that it may be executed.", e);
        }
    }

    // The host serves every process of this user, so what is meant for this one process must not stay in it.
    private static void KeepOwnEnvironment(IDictionary<string, string?> environment)
    {
        foreach (string name in environment.Keys.ToList())
        {
            if (name is "DOTNET_STARTUP_HOOKS" or "DOTNET_gcServer"
                || name.StartsWith("RUNHOUSE__", StringComparison.OrdinalIgnoreCase)
                || name.StartsWith("ASPNETCORE_", StringComparison.OrdinalIgnoreCase)
                || name.StartsWith("KESTREL__", StringComparison.OrdinalIgnoreCase)
                || name.StartsWith("CORECLR_", StringComparison.Ordinal))
            {
                environment.Remove(name);
            }
        }
    }

    private DeploymentException DidNotStart(string what, StringBuilder errors)
    {
        string log = Path.Combine(directory, "logs", "host.log");
        var message = new StringBuilder($"The host on this machine {what}.");
        lock (errors)
        {
            if (errors.Length > 0)
                message.Append(" It wrote:\n").Append(errors);
        }

        string tail = Tail(log);
        if (tail.Length > 0)
            message.Append($" The end of {log}:\n").Append(tail);
        message.Append($"{(message[^1] == '\n' ? "" : " ")}Run it by hand to see more: {program.FileName} {string.Join(' ', program.Arguments)} --home {directory}");
        return new DeploymentException(message.ToString());
    }

    private static string Tail(string path)
    {
        if (!File.Exists(path))
            return "";
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        stream.Seek(-Math.Min(stream.Length, 16 << 10), SeekOrigin.End);
        using var reader = new StreamReader(stream);
        string[] lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return string.Concat(lines.TakeLast(TailLines).Select(static line => line + "\n"));
    }
}
