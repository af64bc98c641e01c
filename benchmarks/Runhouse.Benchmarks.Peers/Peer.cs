using System.Security.Cryptography.X509Certificates;
using Runhouse.Benchmarks.Workloads;

namespace Runhouse.Benchmarks.Peers;

/// <summary>A library to compare with: the processes that it runs in.</summary>
/// <param name="name">Its name.</param>
internal abstract class Peer(string name)
{
    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Describes a library.</summary>
    /// <typeparam name="TOrder">The record as it likes it declared.</typeparam>
    /// <param name="name">Its name.</param>
    /// <param name="serve">Serves until the standard input ends, over TLS when there is a certificate.</param>
    /// <param name="connect">Makes a connection of its own.</param>
    public static Peer Of<TOrder>(string name, Func<X509Certificate2?, Task<int>> serve, Func<ServerAddress, Task<IPeer<TOrder>>> connect)
        => new PeerOf<TOrder>(name, serve, connect);

    /// <summary>The process of the server.</summary>
    /// <param name="isSecure">Whether it speaks TLS.</param>
    public abstract Task<int> ServeAsync(bool isSecure);

    /// <summary>The process of the caller, which starts the server.</summary>
    /// <param name="isSecure">Whether the server speaks TLS.</param>
    public abstract Task<int> CallAsync(bool isSecure);

    /// <summary>The process of a caller whose start is timed.</summary>
    /// <param name="address">A server that runs.</param>
    public abstract Task<int> StartAsync(ServerAddress address);

    private sealed class PeerOf<TOrder>(string name, Func<X509Certificate2?, Task<int>> serve, Func<ServerAddress, Task<IPeer<TOrder>>> connect) : Peer(name)
    {
        public override async Task<int> ServeAsync(bool isSecure)
        {
            using X509Certificate2? certificate = isSecure ? ServerCertificate.Create() : null;
            return await serve(certificate);
        }

        public override async Task<int> CallAsync(bool isSecure)
        {
            using ServerProcess server = await ServerProcess.StartAsync(isSecure ? ["server", Name, "tls"] : ["server", Name]);
            await using var workloads = new PeerWorkloads<TOrder>(await connect(server.Address), [server.Id], () => connect(server.Address));
            return await PeerClient.RunAsync(server.Address.ToString(), workloads);
        }

        public override async Task<int> StartAsync(ServerAddress address)
        {
            await using IPeer<TOrder> peer = await connect(address);
            return await StartTime.ReportAsync(peer.AddAsync);
        }
    }
}
