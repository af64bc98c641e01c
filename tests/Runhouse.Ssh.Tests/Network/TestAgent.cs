using System.Diagnostics;

namespace Runhouse.Ssh.Network;

/// <summary>An <c>ssh-agent</c> of one test.</summary>
internal sealed class TestAgent : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string?> _listening;

    /// <summary>Starts it.</summary>
    public TestAgent(string socket)
    {
        Socket = socket;
        _process = Tool.Start("ssh-agent", ["-D", "-a", socket]);

        // It says where it listens when it does.
        _listening = _process.StandardOutput.ReadLineAsync();
    }

    /// <summary>Where it listens.</summary>
    public string Socket { get; }

    /// <summary>Gives it a key.</summary>
    public async Task AddAsync(string key, string passphrase)
    {
        await _listening;
        string ask = key + ".ask";
        await File.WriteAllTextAsync(ask, $"#!/bin/sh\necho '{passphrase}'\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(ask, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await Tool.RunAsync("ssh-add", ["-q", key], environment: new() { ["SSH_AUTH_SOCK"] = Socket, ["SSH_ASKPASS"] = ask, ["SSH_ASKPASS_REQUIRE"] = "force" });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
