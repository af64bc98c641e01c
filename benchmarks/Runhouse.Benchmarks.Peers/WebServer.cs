using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Runhouse.Benchmarks.Workloads;

namespace Runhouse.Benchmarks.Peers;

/// <summary>A Kestrel server on a free port of this machine, without logs.</summary>
internal static class WebServer
{
    /// <summary>Serves until the standard input ends, over TLS when there is a certificate.</summary>
    public static async Task<int> RunAsync(X509Certificate2? certificate, HttpProtocols protocols, Action<IServiceCollection> services, Action<WebApplication> map)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = protocols;
                if (certificate is not null)
                    listen.UseHttps(certificate);
            });
        });
        services(builder.Services);
        WebApplication app = builder.Build();
        map(app);
        await app.StartAsync();
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        int exitCode = ServerProcess.Serve(ServerAddress.Of(address, certificate));
        await app.StopAsync();
        return exitCode;
    }
}
