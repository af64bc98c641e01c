using Renci.SshNet.Messages.Connection;

namespace Runhouse.Runtime.Providers.Ssh.Channels;

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
