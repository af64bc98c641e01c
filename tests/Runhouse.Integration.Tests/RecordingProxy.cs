using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Runhouse.Integration;

/// <summary>A TCP proxy in front of a host that keeps what callers say.</summary>
internal sealed class RecordingProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<MemoryStream> _said = [];
    private readonly ConcurrentBag<Task> _links = [];
    private readonly int _target;
    private readonly Task _accepting;

    /// <summary>Listens on a free port.</summary>
    /// <param name="target">The host's port.</param>
    public RecordingProxy(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where callers connect.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Waits until the callers have gone; the bytes of the connection that was relayed to a worker, from the caller's hello on.</summary>
    public async Task<byte[]> RelayedAsync()
    {
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_links);
        return _said.Select(static said => Relayed(said.ToArray())).Single(static bytes => bytes is not null)!;
    }

    /// <summary>Waits until the callers have gone; how many bytes they have sent.</summary>
    public async Task<long> SaidAsync()
    {
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_links);
        return _said.Sum(static said => said.Length);
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private static byte[]? Relayed(byte[] said)
    {
        string text = Encoding.Latin1.GetString(said);
        int upgrade = text.LastIndexOf("Upgrade: runhouse/1", StringComparison.OrdinalIgnoreCase);
        return upgrade < 0 ? null : said[(text.IndexOf("\r\n\r\n", upgrade, StringComparison.Ordinal) + 4)..];
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _links.Add(LinkAsync(await _listener.AcceptSocketAsync()));
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task LinkAsync(Socket near)
    {
        using (near)
        using (var far = new Socket(SocketType.Stream, ProtocolType.Tcp))
        {
            await far.ConnectAsync(IPAddress.Loopback, _target);
            var said = new MemoryStream();
            _said.Add(said);
            await Task.WhenAll(PumpAsync(near, far, said), PumpAsync(far, near, Stream.Null));
        }
    }

    private static async Task PumpAsync(Socket from, Socket to, Stream copy)
    {
        byte[] buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and int count)
            {
                copy.Write(buffer, 0, count);
                for (int sent = 0; sent < count;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // A process that ends takes its connections with it.
            to.Close();
        }
        catch (ObjectDisposedException)
        {
            // The other direction has ended like that.
        }
    }
}
