using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Protocol.Tests.Connections;

/// <summary>Alone, because it counts what the whole process allocates.</summary>
[Collection(nameof(AllocationTests))]
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public class AllocationTests
{
    /// <summary>So many that what is allocated now and then does not make a byte for each.</summary>
    private const int Calls = 20_000;

    /// <summary>What the pools grow by is allocated once: one round without it will do.</summary>
    private const int MostRounds = 6;

    /// <summary>In an unoptimized build every asynchronous method that is entered allocates, also one that ends at once.</summary>
    private const int MostUnoptimized = 256;

    private static bool IsOptimized
        => typeof(ClientConnection).Assembly.GetCustomAttribute<DebuggableAttribute>() is not { IsJITOptimizerDisabled: true };

    [Fact]
    public async Task A_call_that_is_warm_allocates_nothing_on_both_sides_together()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        SocketTransport caller = await SocketTransport.ConnectAsync(listener.LocalEndPoint!, TestContext.Current.CancellationToken);
        var worker = new SocketTransport(await listener.AcceptAsync(TestContext.Current.CancellationToken));
        await using WirePair pair = await WirePair.ConnectAsync(transports: (caller, worker));
        pair.Worker.RunsInline = true;
        await Task.Run(() => CallAsync(pair), TestContext.Current.CancellationToken);
        long most = IsOptimized ? 0 : MostUnoptimized;
        long perCall = long.MaxValue;
        for (int round = 0; round < MostRounds && perCall > most; round++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            await Task.Run(() => CallAsync(pair), TestContext.Current.CancellationToken);
            perCall = Math.Min(perCall, (GC.GetTotalAllocatedBytes(precise: true) - before) / Calls);
        }

        Assert.InRange(perCall, 0, most);
    }

    private static async Task CallAsync(WirePair pair)
    {
        for (int i = 0; i < Calls; i++)
            _ = await pair.Methods.EchoAsync(i).ConfigureAwait(false);
    }
}
