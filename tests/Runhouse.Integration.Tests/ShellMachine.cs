using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Runhouse.Runtime.Machines;
using Runhouse.Runtime.Providers.Ssh;

namespace Runhouse.Integration;

/// <summary>A machine that is a folder of this one: a home of its own, and only the tools that every machine has; no .NET unless it is asked for.</summary>
internal sealed class ShellMachine : Machine
{
    private static readonly string[] Tools =
    [
        "sh", "uname", "sed", "grep", "mkdir", "rm", "tar", "gzip", "df", "awk", "tail", "cat", "mv", "setsid", "sleep", "tr", "kill", "date", "touch", "ls", "find", "cp", "id", "stat", "du",
    ];

    public ShellMachine(bool hasDotnet = false)
    {
        Directory.CreateDirectory(Path.Combine(Home, "tools"));
        foreach (string tool in Tools)
        {
            string? found = new[] { "/usr/bin", "/bin" }.Select(folder => Path.Combine(folder, tool)).FirstOrDefault(File.Exists);
            if (found is not null)
                File.CreateSymbolicLink(Path.Combine(Home, "tools", tool), found);
        }

        if (hasDotnet)
            File.CreateSymbolicLink(Path.Combine(Home, "tools", "dotnet"), DotnetInstallation.FindProgram());
    }

    public string Home { get; } = Directory.CreateTempSubdirectory("rhm-").FullName;

    public override string Name => "a folder";

    public override string Address => "127.0.0.1";

    public override int Generation => 1;

    /// <summary>What a session begins with, before its command.</summary>
    public string Session { get; set; } = "";

    /// <summary>The bytes that commands have read.</summary>
    public long Received { get; private set; }

    /// <summary>Is called before each piece that a command reads.</summary>
    public Func<Task> Sending { get; set; } = static () => Task.CompletedTask;

    /// <summary>The provider of a cluster of this machine.</summary>
    /// <param name="options">The configuration; null for none.</param>
    public SshProvider ProviderOf(RunhouseOptions? options = null)
        => new(options ?? new RunhouseOptions(), new ComposedRuntimes(Path.Combine(Home, "runtimes"), TimeProvider.System), _ => this, TimeProvider.System);

    /// <summary>Puts a script in the place of one of its tools.</summary>
    public void Replace(string tool, string script)
    {
        string path = Path.Combine(Home, "tools", tool);
        File.Delete(path);
        File.WriteAllText(path, "#!/bin/sh\n" + script + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    public override async Task<CommandResult> RunAsync(MachineCommand command, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Session + command.Text]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        start.Environment["HOME"] = Home;
        start.Environment["PATH"] = Path.Combine(Home, "tools");
        using Process process = Process.Start(start)!;
        Task output = process.StandardOutput.BaseStream.CopyToAsync(command.Output ?? Stream.Null, cancellationToken);
        Task errors = process.StandardError.BaseStream.CopyToAsync(command.Error ?? Stream.Null, cancellationToken);
        if (command.Input is not null)
        {
            try
            {
                byte[] buffer = new byte[64 << 10];
                int read;
                while ((read = await command.Input.ReadAsync(buffer, cancellationToken)) > 0)
                {
                    await Sending();
                    Received += read;
                    await process.StandardInput.BaseStream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                }
            }
            catch (IOException)
            {
                // It ended before it had read all: its result says why.
            }
        }

        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellationToken);
        await Task.WhenAll(output, errors);
        return new CommandResult(process.ExitCode, null);
    }

    public override Task<IPEndPoint> ForwardAsync(int port, int localPort, CancellationToken cancellationToken)
        => Task.FromResult(new IPEndPoint(IPAddress.Loopback, port));

    public override async Task<Socket?> ConnectAsync(string socketPath, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellationToken);
        return socket;
    }

    public override void ForgoSockets(int since)
    {
    }

    public override void Abandon(int since)
    {
    }

    public override ValueTask DisposeAsync()
    {
        // Of one that several providers have had, the first took it along.
        if (Directory.Exists(Home))
            Directory.Delete(Home, recursive: true);
        return default;
    }
}
