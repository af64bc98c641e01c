using Renci.SshNet.Messages.Connection;

namespace Runhouse.Runtime.Providers.Ssh.Channels;

/// <summary>Asks for a channel in which a command runs.</summary>
internal sealed class SessionOpening : ChannelOpenInfo
{
    /// <inheritdoc/>
    public override string ChannelType => "session";
}
