using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Runhouse.Host.Tests.Running;

/// <summary>A caller that comes through the host's port, byte by byte.</summary>
internal static class RelayCaller
{
    public static string Request(TestHost host, string worker, string connection, string upgrade) =>
        $"GET /v1/workers/{worker}/relay HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {host.Host.Credentials.Token}\r\nConnection: {connection}\r\nUpgrade: {upgrade}\r\n\r\n";

    public static Socket Listen(string path)
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        return listener;
    }

    public static async Task<Socket> ConnectAsync(TestHost host)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, host.Client.BaseAddress!.Port);
        return socket;
    }

    public static async Task<Socket> UpgradeAsync(TestHost host, string worker)
    {
        // One step behind the other: a connection that has sent nothing for a second is not what is tried here.
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPAddress.Loopback, host.Client.BaseAddress!.Port);
        socket.Send(Encoding.ASCII.GetBytes(Request(host, worker, "Upgrade", "runhouse/1")));
        await ReceiveUpgradeAsync(socket);
        return socket;
    }

    private static async Task ReceiveUpgradeAsync(Socket socket)
    {
        string head = await ReceiveHeadAsync(socket);
        Assert.StartsWith("HTTP/1.1 101", head, StringComparison.Ordinal);
        Assert.Contains("Upgrade: runhouse/1", head, StringComparison.Ordinal);
    }

    public static async Task<string> ReceiveHeadAsync(Socket socket)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            Assert.Equal(1, await socket.ReceiveAsync(one));
            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    public static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await socket.SendAsync(bytes)..];
    }

    public static async Task<byte[]> ReceiveAsync(Socket socket, int length)
    {
        byte[] all = new byte[length];
        for (int total = 0; total < length;)
        {
            int read = await socket.ReceiveAsync(all.AsMemory(total));
            Assert.True(read > 0, "The relay ended early.");
            total += read;
        }

        return all;
    }
}
