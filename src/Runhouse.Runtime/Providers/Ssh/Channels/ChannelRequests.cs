using Renci.SshNet.Messages.Connection;

namespace Runhouse.Runtime.Providers.Ssh.Channels;

/// <summary>Asks for a channel in which a command runs.</summary>
internal sealed class SessionOpening : ChannelOpenInfo
{
    /// <inheritdoc/>
    public override string ChannelType => "session";
}

/// <summary>Asks for a channel to a port that the machine reaches.</summary>
/// <param name="host">The host, as the machine knows it.</param>
/// <param name="port">The port.</param>
internal sealed class PortOpening(string host, int port) : ChannelOpenInfo
{
    /// <inheritdoc/>
    public override string ChannelType => "direct-tcpip";

    /// <inheritdoc/>
    protected override void SaveData()
    {
        Write(host);
        Write((uint)port);

        // Who asks stands in the machine's log only.
        Write("127.0.0.1");
        Write(0u);
    }
}

/// <summary>Runs a command in a channel.</summary>
internal sealed class ExecRequest : RequestInfo
{
    private readonly string _command;

    /// <summary>Makes the request.</summary>
    /// <param name="command">The command, for the user's shell there.</param>
    public ExecRequest(string command) => (_command, WantReply) = (command, true);

    /// <inheritdoc/>
    public override string RequestName => "exec";

    /// <inheritdoc/>
    protected override void SaveData()
    {
        base.SaveData();
        Write(_command);
    }
}

/// <summary>Sends a signal to the command of a channel.</summary>
/// <param name="name">The signal's name without <c>SIG</c>.</param>
internal sealed class SignalRequest(string name) : RequestInfo
{
    /// <inheritdoc/>
    public override string RequestName => "signal";

    /// <inheritdoc/>
    protected override void SaveData()
    {
        base.SaveData();
        Write(name);
    }
}
