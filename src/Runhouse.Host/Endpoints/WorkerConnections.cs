using Runhouse.Host.Deployments;
using Runhouse.Host.Hosting;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Endpoints;

/// <summary>Tells a caller where a worker listens and gives the ticket that opens it once.</summary>
internal sealed class WorkerConnections(HostIdentity identity, TimeProvider time)
{
    /// <param name="worker">The worker.</param>
    /// <param name="deployment">What runs in it.</param>
    /// <param name="caller">Who asks.</param>
    public ConnectReply To(Worker worker, Deployment deployment, string caller)
    {
        byte[] ticket = Ticket.Mint(worker.TicketKey, time.GetUtcNow() + WorkerPool.TicketLifetime);
        worker.Holders.Add(Ticket.NonceOf(ticket), caller);
        return new ConnectReply(worker.Id, deployment.Id, identity.Name, identity.Id, worker.SocketPath, Convert.ToBase64String(ticket)) { Changes = worker.Changes };
    }
}
