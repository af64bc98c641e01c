[assembly: AssemblyFixture(typeof(Runhouse.Ssh.Network.SshNetwork))]

namespace Runhouse.Ssh.Network;

/// <summary>The machines of this test run. Where they cannot be the tests are skipped, except in CI.</summary>
public sealed class SshNetwork : IAsyncDisposable
{
    private readonly SshMachines _machines = new();

    /// <inheritdoc cref="SshMachines.Folder"/>
    public string Folder => _machines.Folder;

    /// <inheritdoc cref="SshMachines.Address"/>
    public string Address => _machines.Address;

    /// <summary>Brings up a machine without .NET.</summary>
    /// <param name="sshd">Lines of its server's configuration that come before the usual ones.</param>
    public Task<SshTestHost> AddHostAsync(params string[] sshd) => AddHostAsync(hasDotnet: false, sshd);

    /// <inheritdoc cref="SshMachines.AddAsync"/>
    public Task<SshTestHost> AddHostAsync(bool hasDotnet, params string[] sshd)
    {
        if (SshMachines.FindObstacle() is { } obstacle)
        {
            if (Environment.GetEnvironmentVariable("CI") == "true")
                Assert.Fail(obstacle);
            Assert.Skip(obstacle);
        }

        return _machines.AddAsync(hasDotnet, sshd);
    }

    /// <inheritdoc cref="SshMachines.KeyAsync"/>
    public Task<string> KeyAsync(string name, params string[] options) => _machines.KeyAsync(name, options);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _machines.DisposeAsync();
}
