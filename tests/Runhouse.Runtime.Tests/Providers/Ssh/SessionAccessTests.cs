using System.Runtime.CompilerServices;
using Renci.SshNet;
using Renci.SshNet.Common;
using Renci.SshNet.Messages.Connection;
using Runhouse.Runtime.Providers.Ssh.Channels;

namespace Runhouse.Runtime.Tests.Providers.Ssh;

public class SessionAccessTests
{
    [Fact]
    public void SSH_NET_has_what_is_used_of_its_inside()
    {
        var session = (Session)RuntimeHelpers.GetUninitializedObject(typeof(Session));
        using var client = new SshClient("host", "user", "password");

        Assert.Null(SessionAccess.Of(client));
        Assert.Null(SessionAccess.SocketOf(session));
        Assert.Throws<SshConnectionException>(() => SessionAccess.Send(session, new GlobalRequestMessage()));
    }
}
