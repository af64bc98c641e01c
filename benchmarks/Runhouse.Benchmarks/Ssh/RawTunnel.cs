using System.Diagnostics;
using Runhouse.Benchmarks.Workloads;
using Runhouse.Ssh.Network;

namespace Runhouse.Benchmarks.Ssh;

/// <summary>The raw echo server on a machine, and OpenSSH's own forwarding to it.</summary>
internal sealed class RawTunnel : IAsyncDisposable
{
    private readonly Process _server;
    private readonly Process _ssh;

    private RawTunnel(Process server, Process ssh, ServerAddress address) => (_server, _ssh, Address) = (server, ssh, address);

    /// <summary>This end of the tunnel.</summary>
    public ServerAddress Address { get; }

    /// <summary>Starts the server and opens the tunnel.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="account">How to log in.</param>
    public static async Task<RawTunnel> OpenAsync(SshTestHost machine, SshAccountFiles account)
    {
        const string Ready = "ready ";
        Process server = machine.Start("dotnet", typeof(RawTunnel).Assembly.Location, "raw-server", "tcp");
        string line = await server.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException(await server.StandardError.ReadToEndAsync());
        string path = Path.Combine(account.Folder, "raw.sock");

        // What it prints comes behind the forwarding: it runs for as long as the far end's cat reads.
        Process ssh = Tool.Start("ssh", ["-F", account.ConfigFile, "-L", $"{path}:127.0.0.1:{line[Ready.Length..]}", "-o", "ExitOnForwardFailure=yes", $"ada@{machine.Address}", "echo open; cat"]);
        if (await ssh.StandardOutput.ReadLineAsync() is null)
            throw new InvalidOperationException(await ssh.StandardError.ReadToEndAsync());
        return new RawTunnel(server, ssh, new ServerAddress(path, null));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (Process process in (Process[])[_ssh, _server])
        {
            process.StandardInput.Close();
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }
}
