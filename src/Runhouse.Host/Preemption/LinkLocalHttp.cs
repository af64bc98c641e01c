using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Runhouse.Host.Preemption;

/// <summary>
/// One request of HTTP to a machine's metadata service. The services answer small texts on a link-local address; a whole client of HTTP would be a tenth of the host's program.
/// </summary>
/// <param name="service">Where it answers.</param>
internal sealed class LinkLocalHttp(IPEndPoint service)
{
    private const int LongestAnswer = 64 << 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Makes a request.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The path.</param>
    /// <param name="header">A header with its value.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The status and the body.</returns>
    /// <exception cref="IOException">There is no service, or no answer that is one of HTTP.</exception>
    public async Task<(int Status, string Body)> SendAsync(string method, string path, string header, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        using var socket = new Socket(service.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(service, limit.Token).ConfigureAwait(false);

            // HTTP/1.0: the answer ends with the connection, and comes in one piece.
            string request = $"{method} {path} HTTP/1.0\r\nHost: {service.Address}\r\n{header}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            await socket.SendAsync(Encoding.ASCII.GetBytes(request), limit.Token).ConfigureAwait(false);
            byte[] answer = new byte[LongestAnswer];
            int length = 0;
            while (length < answer.Length && await socket.ReceiveAsync(answer.AsMemory(length), limit.Token).ConfigureAwait(false) is > 0 and int read)
                length += read;
            return Parse(Encoding.UTF8.GetString(answer, 0, length));
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"no answer from {service} within {Patience.TotalSeconds:0} s");
        }
    }

    private static (int Status, string Body) Parse(string answer)
    {
        int end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return end > 0 && answer.StartsWith("HTTP/1.", StringComparison.Ordinal) && answer.Split(' ', 3) is [_, var code, _] && int.TryParse(code, out int status)
            ? (status, answer[(end + 4)..].Trim())
            : throw new IOException("what answers is no metadata service");
    }
}
