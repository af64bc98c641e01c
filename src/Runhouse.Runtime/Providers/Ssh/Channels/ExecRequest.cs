using Renci.SshNet.Messages.Connection;

namespace Runhouse.Runtime.Providers.Ssh.Channels;

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
