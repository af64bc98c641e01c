using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Tests;

/// <summary>A host made of a socket: answers each request with what the test says.</summary>
internal sealed class FakeHost : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<FakeRequest, FakeReply> _answer;
    private readonly Task _accepting;

    public FakeHost(Func<FakeRequest, FakeReply> answer)
    {
        _answer = answer;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public ConcurrentQueue<FakeRequest> Requests { get; } = new();

    public HostAddress Address => new(new Uri($"http://127.0.0.1:{Port}/"), "secret", "host-1", "fake") { IsThisMachine = true };

    public HostClient Client() => new(Address, TimeSpan.FromSeconds(10));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
                connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or InvalidOperationException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            NetworkStream stream = client.GetStream();
            try
            {
                while (await ReadAsync(stream) is { } request)
                {
                    Requests.Enqueue(request);
                    FakeReply reply = _answer(request);
                    if (reply == FakeReply.Cut)
                    {
                        client.LingerState = new LingerOption(true, 0);
                        return;
                    }

                    string head = reply.Status == 101
                        ? "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: runhouse/1\r\n\r\n"
                        : $"HTTP/1.1 {reply.Status} Status\r\nContent-Type: application/json\r\n{reply.Headers}Content-Length: {Encoding.UTF8.GetByteCount(reply.Body) + reply.Missing}\r\n\r\n{reply.Body}";
                    await stream.WriteAsync(Encoding.UTF8.GetBytes(head), _stop.Token);
                    if (reply.Missing > 0)
                        return;
                    if (reply.Status == 101)
                        await stream.CopyToAsync(stream, _stop.Token);
                }
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
                // The client went away, or the test ended.
            }
        }
    }

    private async Task<FakeRequest?> ReadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            byte[] one = new byte[1];
            if (await stream.ReadAsync(one, _stop.Token) == 0)
                return null;
            head.Append((char)one[0]);
        }

        string[] lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Dictionary<string, string> headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        byte[] body = new byte[headers.TryGetValue("Content-Length", out string? length) ? int.Parse(length) : 0];
        if (headers.ContainsKey("Transfer-Encoding"))
            body = await ReadChunksAsync(stream);
        else
            await stream.ReadExactlyAsync(body, _stop.Token);
        string[] request = lines[0].Split(' ');
        return new FakeRequest(request[0], request[1], headers, body, _stop.Token);
    }

    private async Task<byte[]> ReadChunksAsync(NetworkStream stream)
    {
        using var body = new MemoryStream();
        while (true)
        {
            var line = new StringBuilder();
            while (!line.ToString().EndsWith("\r\n", StringComparison.Ordinal))
            {
                byte[] one = new byte[1];
                await stream.ReadExactlyAsync(one, _stop.Token);
                line.Append((char)one[0]);
            }

            byte[] chunk = new byte[Convert.ToInt32(line.ToString().Trim(), 16) + 2];
            await stream.ReadExactlyAsync(chunk, _stop.Token);
            if (chunk.Length == 2)
                return body.ToArray();
            body.Write(chunk, 0, chunk.Length - 2);
        }
    }
}

/// <summary>A request; an answer that waits for something stops waiting when the test is over.</summary>
internal sealed record FakeRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body, CancellationToken Stopping);

internal sealed record FakeReply(int Status, string Body = "")
{
    /// <summary>More headers, each with its line end.</summary>
    public string Headers { get; init; } = "";

    /// <summary>How many bytes of the body the answer announces and does not send.</summary>
    public int Missing { get; init; }

    /// <summary>No answer: the connection is reset.</summary>
    public static FakeReply Cut { get; } = new(0);

    /// <summary>An answer of one frame with a message, made so long that its head is text as well.</summary>
    public static FakeReply OfMessage(string json) => new(200, "\u0003\0\u0001\0\0" + json.PadRight(256));
}
