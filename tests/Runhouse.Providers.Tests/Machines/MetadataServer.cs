using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Win32.SafeHandles;
using Runhouse.Testing;

namespace Runhouse.Providers.Machines;

/// <summary>The metadata of a machine, at the address where clouds have it, in the machine's own network: EC2's second version, which takes a token, and Compute Engine's, which takes a header.</summary>
internal sealed partial class MetadataServer : IAsyncDisposable
{
    /// <summary>Its address.</summary>
    public const string Address = "169.254.169.254";

    private const int NetworkNamespace = 0x40000000;
    private const string TokenHeader = "X-aws-ec2-metadata-token";

    private readonly WebApplication _server;

    private MetadataServer(WebApplication server) => _server = server;

    /// <summary>Starts it.</summary>
    /// <param name="networkNamespace">The file of the machine's network.</param>
    /// <param name="metadata">What there is at a path.</param>
    public static async Task<MetadataServer> StartAsync(string networkNamespace, Func<string, string?> metadata)
    {
        Socket socket = await ListenAsync(networkNamespace);
        WebApplication server = TestServer.Create(host => host.ConfigureKestrel(options => options.ListenHandle((ulong)socket.Handle)));
        string token = Guid.NewGuid().ToString("N");
        server.MapPut("/latest/api/token", (HttpRequest request) => request.Headers.ContainsKey("X-aws-ec2-metadata-token-ttl-seconds") ? Results.Text(token) : Results.BadRequest());
        server.MapGet("/latest/{**path}", (HttpRequest request, string path) => request.Headers[TokenHeader] != token ? Results.Unauthorized()
            : metadata(path) is { } text ? Results.Text(text)
            : Results.NotFound());
        server.MapGet("/computeMetadata/v1/{**path}", (HttpRequest request, string path) => request.Headers["Metadata-Flavor"] != "Google" ? Results.StatusCode(StatusCodes.Status403Forbidden)
            : metadata($"computeMetadata/v1/{path}") is { } text ? Results.Text(text)
            : Results.NotFound());
        await server.StartAsync();

        // It is the server's now, which closes it; to dispose of it here would wait for that.
        socket.SafeHandle.SetHandleAsInvalid();
        return new MetadataServer(server);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server.DisposeAsync();

    // A socket stays in the network in which it was made, and a thread in the one that it has gone into: this one does nothing else.
    private static Task<Socket> ListenAsync(string networkNamespace)
    {
        var listening = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                listening.SetResult(Listen(networkNamespace));
            }
            catch (Exception exception) when (exception is IOException or SocketException or InvalidOperationException)
            {
                listening.SetException(exception);
            }
        }).Start();
        return listening.Task;
    }

    private static Socket Listen(string networkNamespace)
    {
        using SafeFileHandle file = File.OpenHandle(networkNamespace);
        if (SetNamespace((int)file.DangerousGetHandle(), NetworkNamespace) != 0)
            throw new InvalidOperationException($"The network of {networkNamespace} cannot be entered: error {Marshal.GetLastPInvokeError()}.");
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(Address), 80));
        socket.Listen();
        return socket;
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(int file, int kind);
}
