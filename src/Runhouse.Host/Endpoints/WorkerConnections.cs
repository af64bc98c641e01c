using Runhouse.Host.Deployments;
using Runhouse.Host.Hosting;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Endpoints;

/// <summary>Tells a caller where a worker listens and gives the ticket that opens it once.</summary>
internal sealed class WorkerConnections(HostIdentity identity, TimeProvider time)
{
    public ConnectReply To(Worker worker, Deployment deployment)
    {
        byte[] ticket = Ticket.Mint(worker.TicketKey, time.GetUtcNow() + WorkerPool.TicketLifetime);
        return new ConnectReply(worker.Id, deployment.Id, identity.Name, identity.Id, worker.SocketPath, Convert.ToBase64String(ticket)) { Patches = worker.PatchCount };
    }
}
