using Runhouse.Host.Deployments;
using Runhouse.Host.Hosting;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Endpoints;

/// <summary>Tells a caller where a worker listens, with the ticket that opens it once.</summary>
internal sealed class WorkerConnections(HostIdentity identity)
{
    /// <param name="ticket">The ticket, and the worker that it is for.</param>
    /// <param name="deployment">What runs in it.</param>
    public ConnectReply By(WorkerTicket ticket, Deployment deployment)
        => new(ticket.Worker.Id, deployment.Id, identity.Name, identity.Id, ticket.Worker.SocketPath, Convert.ToBase64String(ticket.Bytes)) { Changes = ticket.Worker.Changes };
}
