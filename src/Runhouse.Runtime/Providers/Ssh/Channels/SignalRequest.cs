using Renci.SshNet.Messages.Connection;

namespace Runhouse.Runtime.Providers.Ssh.Channels;

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
