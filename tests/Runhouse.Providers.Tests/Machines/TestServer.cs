using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Runhouse.Testing;

/// <summary>Servers of tests, which write no log: on a free port of the loopback address, unless they say otherwise.</summary>
internal static class TestServer
{
    /// <summary>Makes one; it does not listen yet.</summary>
    /// <param name="listen">Says where it listens; null for HTTP on a free port of the loopback address.</param>
    public static WebApplication Create(Action<IWebHostBuilder>? listen = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (listen is null)
            builder.WebHost.UseUrls("http://127.0.0.1:0");
        else
            listen(builder.WebHost);
        return builder.Build();
    }

    /// <summary>Where one that listens answers.</summary>
    /// <param name="server">The server.</param>
    public static string UrlOf(WebApplication server) => server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
}
