using System.Text.Json;
using Runhouse.Protocol;
using Runhouse.Protocol.Control;

namespace Runhouse.Worker.Tests.Control;

public sealed class LoadDeploymentTests
{
    private const string Required =
        """
        "kind":"load","workerId":"w","host":"h","application":"a","deployment":"d","directory":"/d","entryAssembly":"a.dll","socketPath":"/s","ticketKey":"AAAA"
        """;

    [Fact]
    public void What_a_message_leaves_out_has_its_default()
    {
        var load = Read("{" + Required + "}");

        Assert.Empty(load.Accelerators);
        Assert.Equal(WireLimits.Default, load.Limits);
        Assert.Equal(10, load.LeaseSeconds);
        Assert.Equal("/s", load.SocketPath);
    }

    [Fact]
    public void Limits_that_a_message_leaves_out_have_their_defaults()
    {
        var load = Read("{" + Required + """ ,"cpus":2,"leaseSeconds":3,"limits":{"maxDepth":7}}""");

        Assert.Equal(new WireLimits { MaxDepth = 7 }, load.Limits);
        Assert.Equal(2, load.Cpus);
        Assert.Equal(3, load.LeaseSeconds);
    }

    private static LoadDeployment Read(string json)
        => Assert.IsType<LoadDeployment>(JsonSerializer.Deserialize(json, ControlJson.Default.HostToWorkerMessage));
}
