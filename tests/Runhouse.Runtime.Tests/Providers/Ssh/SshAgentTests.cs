using System.Net.Sockets;
using Runhouse.Runtime.Providers.Ssh;
using Runhouse.Runtime.Providers.Ssh.Credentials;

namespace Runhouse.Runtime.Tests.Providers.Ssh;

public sealed class SshAgentTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(new byte[] { 0, 0, 0, 1, 5 }, "refuses")]
    [InlineData(new byte[] { 0, 0, 0, 0 }, "answers with 0 bytes")]
    [InlineData(new byte[] { 255, 255, 255, 255 }, "answers with 4294967295 bytes")]
    [InlineData(new byte[] { 0, 0, 0, 5, 12, 0, 0, 0, 9 }, "too early")]
    [InlineData(new byte[] { 0, 0, 0, 9, 12, 0, 0, 0, 1, 255, 255, 255, 255 }, "too early")]
    [InlineData(new byte[] { 0, 0 }, "")]
    [InlineData(new byte[0], "")]
    public async Task An_agent_that_says_what_it_should_not_is_an_error(byte[] answer, string expected)
    {
        string path = Path.Combine(_folder.Path, "agent");
        using Socket listener = Listen(path);
        Task answering = AnswerAsync(listener, answer);

        Assert.Contains(expected, Assert.ThrowsAny<IOException>(() => new SshAgent(path).List()).Message, StringComparison.Ordinal);
        await answering;
    }

    [Fact]
    public async Task Keys_are_listed_with_their_comments()
    {
        byte[] key = new SshWireWriter().Text("ssh-ed25519").Bytes([1, 2, 3]).ToArray();
        byte[] answer = new SshWireWriter().Bytes(new SshWireWriter().Byte(12).Number(1).Bytes(key).Text("mine").ToArray()).ToArray();
        string path = Path.Combine(_folder.Path, "agent");
        using Socket listener = Listen(path);
        Task answering = AnswerAsync(listener, answer);

        Assert.Equal(new AgentKey(SshPublicKey.FromBlob(key), "mine"), Assert.Single(new SshAgent(path).List()));
        await answering;
    }

    [Fact]
    public void An_agent_that_is_not_there_is_an_error()
        => Assert.Throws<IOException>(() => new SshAgent(Path.Combine(_folder.Path, "none")).List());

    private static Socket Listen(string path)
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        return listener;
    }

    private static async Task AnswerAsync(Socket listener, byte[] answer)
    {
        using Socket socket = await listener.AcceptAsync();
        await socket.ReceiveAsync(new byte[100]);
        await socket.SendAsync(answer);
    }
}
