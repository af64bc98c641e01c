using Renci.SshNet.Messages.Connection;

namespace Runhouse.Runtime.Providers.Ssh.Channels;

/// <summary>Asks for a channel to a Unix socket of the machine (OpenSSH's PROTOCOL, section 2.4), with the rights of the user who is logged in.</summary>
/// <param name="path">The socket.</param>
internal sealed class SocketOpening(string path) : ChannelOpenInfo
{
    /// <inheritdoc/>
    public override string ChannelType => "direct-streamlocal@openssh.com";

    /// <inheritdoc/>
    protected override void SaveData()
    {
        Write(path);

        // Reserved.
        Write("");
        Write(0u);
    }
}
