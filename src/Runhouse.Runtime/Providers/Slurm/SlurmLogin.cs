using System.Net;
using System.Text;
using Runhouse.Runtime.Machines;
using Runhouse.Runtime.Providers.Ssh;

namespace Runhouse.Runtime.Providers.Slurm;

/// <summary>The machine on which Slurm's commands run, and from which its nodes are reached: one that is logged in to over SSH, or this one.</summary>
/// <param name="machine">The machine.</param>
/// <param name="reach">Where a connection made here arrives at a port of a node: the node, the port, the port here, 0 for any.</param>
internal sealed class SlurmLogin(Machine machine, Func<string, int, int, CancellationToken, Task<IPEndPoint>> reach) : IAsyncDisposable
{
    private static readonly Lazy<string> Clean = new(static () => SlurmBatch.ScriptOf("clean.sh"));

    /// <summary>The machine.</summary>
    public Machine Machine => machine;

    /// <summary>The login machine of a configuration; nothing is connected yet.</summary>
    /// <param name="target">The machine as SSH knows it; null for this one.</param>
    /// <param name="options">The configuration.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="RunhouseConfigurationException">The configuration of SSH cannot be understood.</exception>
    public static SlurmLogin Of(string? target, RunhouseOptions options, TimeProvider time)
    {
        if (target is null)
            return new SlurmLogin(new OwnMachine(), ResolveAsync);
        var ssh = new SshMachine(SshTarget.Parse(target), SshSettings.From(options), time);
        return new SlurmLogin(ssh, ssh.ForwardAsync);
    }

    /// <summary>Where a connection made here arrives at a port of a node.</summary>
    /// <param name="node">The node's address.</param>
    /// <param name="port">The port.</param>
    /// <param name="localPort">The port here, where the way needs one; 0 for any.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="HostUnreachableException">The login machine cannot be reached, or does not know the node.</exception>
    public Task<IPEndPoint> ReachAsync(string node, int port, int localPort, CancellationToken cancellationToken) => reach(node, port, localPort, cancellationToken);

    /// <summary>Runs a command.</summary>
    /// <param name="text">The command, as <c>sh -c</c> takes it.</param>
    /// <param name="input">What it reads; null for nothing.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How it ended, and what it wrote.</returns>
    /// <exception cref="HostUnreachableException">The machine cannot be reached.</exception>
    /// <exception cref="CredentialsException">It refuses the login.</exception>
    public async Task<(CommandResult Result, string Output, string Errors)> RunAsync(string text, string? input, CancellationToken cancellationToken)
    {
        using var output = new MemoryStream();
        using var errors = new MemoryStream();
        using MemoryStream? read = input is null ? null : new MemoryStream(Encoding.UTF8.GetBytes(input));
        CommandResult result = await RunAsync(new MachineCommand(text) { Input = read, Output = output, Error = errors }, cancellationToken).ConfigureAwait(false);
        return (result, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(errors.ToArray()).Trim());
    }

    /// <summary>Runs a command, without what the environment there says to Slurm's own.</summary>
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="HostUnreachableException">The machine cannot be reached.</exception>
    /// <exception cref="CredentialsException">It refuses the login.</exception>
    public Task<CommandResult> RunAsync(MachineCommand command, CancellationToken cancellationToken) => machine.RunAsync(command with { Text = Clean.Value + command.Text }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => machine.DisposeAsync();

    // From a machine of the cluster's own network the nodes are reached as they are.
    private static async Task<IPEndPoint> ResolveAsync(string node, int port, int localPort, CancellationToken cancellationToken)
    {
        try
        {
            IPAddress[] addresses = await Dns.GetHostAddressesAsync(node, cancellationToken).ConfigureAwait(false);
            if (addresses.Length > 0)
                return new IPEndPoint(addresses[0], port);
        }
        catch (System.Net.Sockets.SocketException e)
        {
            throw Unknown(node, e);
        }

        throw Unknown(node, innerException: null);
    }

    private static HostUnreachableException Unknown(string node, Exception? innerException) => new(
        $"Node {node} of Slurm has no address that this machine knows{(innerException is null ? "" : $" ({innerException.Message})")}. Run where the nodes are reached, or name a machine that reaches them (Runhouse:Slurm:Login).", innerException);
}
