using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Runhouse.Testing;

namespace Runhouse.Kubernetes.Nodes;

/// <summary>What a kubelet serves: output of containers, commands in them and connections to their ports, over WebSockets in the protocol <c>v4.channel.k8s.io</c>.</summary>
internal sealed class KubeletServer : IAsyncDisposable
{
    private readonly WebApplication _server;

    private KubeletServer(WebApplication server) => _server = server;

    /// <summary>Its port on the loopback address.</summary>
    public int Port => new Uri(TestServer.UrlOf(_server)).Port;

    /// <summary>Starts it.</summary>
    /// <param name="kubelet">What it serves.</param>
    public static async Task<KubeletServer> StartAsync(Kubelet kubelet)
    {
        X509Certificate2 certificate = Certificate();
        WebApplication server = TestServer.Create(host =>
        {
            host.UseKestrelHttpsConfiguration();
            host.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        });
        server.UseWebSockets();
        server.MapGet("/containerLogs/{space}/{pod}/{container}", (HttpContext context, string space, string pod) => LogAsync(context, kubelet.ContainerOf(space, pod)));
        server.MapMethods("/exec/{space}/{pod}/{container}", ["GET", "POST"], (HttpContext context, string space, string pod) => ServeAsync(context, kubelet.ContainerOf(space, pod), ExecStream.RunAsync));
        server.MapMethods("/portForward/{space}/{pod}", ["GET", "POST"], (HttpContext context, string space, string pod) => ServeAsync(context, kubelet.ContainerOf(space, pod), PortStream.RunAsync));
        await server.StartAsync();
        return new KubeletServer(server);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static async Task LogAsync(HttpContext context, Container? container)
    {
        if (container is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        await context.Response.SendFileAsync(container.Log, context.RequestAborted);
    }

    private static async Task ServeAsync(HttpContext context, Container? container, Func<ChannelSocket, Container, IQueryCollection, Task> serve)
    {
        if (container is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            await context.Response.WriteAsync("container not found");
            return;
        }

        if (!context.WebSockets.IsWebSocketRequest || !context.WebSockets.WebSocketRequestedProtocols.Contains(ChannelSocket.Protocol))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync($"{ChannelSocket.Protocol} over a WebSocket is all that is understood here");
            return;
        }

        using var socket = new ChannelSocket(await context.WebSockets.AcceptWebSocketAsync(ChannelSocket.Protocol), context.RequestAborted);
        await serve(socket, container, context.Request.Query);
        await socket.CloseAsync();
    }

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=kubelet", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), password: null);
    }
}
