using System.Globalization;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;

namespace Runhouse.Worker.Control;

/// <content>The calls in flight, as the host asks for them.</content>
internal sealed partial class WorkerServer
{
    /// <summary>The oldest calls in flight.</summary>
    public CallList ListCalls(ListCalls request)
    {
        var all = new List<CallInFlight>();
        foreach (ServerConnection connection in _connections.Keys)
        {
            var calls = new List<ServedCall>();
            connection.AddCalls(calls);
            foreach (ServedCall call in calls)
            {
                // One that answers within its read is here for a moment before it has a member: nothing to show.
                if (call.Member is null)
                    continue;
                all.Add(new CallInFlight(CallNames.Of(_load.WorkerId, connection.SessionId, call.CallId), call.Member, call.Age.TotalSeconds, connection.TicketNonce)
                {
                    Object = call.ObjectId == 0 ? null : _objects.NameOf(call.ObjectId) ?? call.ObjectId.ToString("x16", CultureInfo.InvariantCulture),
                });
            }
        }

        return new CallList(request.RequestId, [.. all.OrderByDescending(static one => one.Age).Take(CallList.MaxCalls)], all.Count);
    }

    private List<(string Call, string Member)> CallsInFlight()
    {
        var all = new List<(string, string)>();
        foreach (ServerConnection connection in _connections.Keys)
        {
            var calls = new List<ServedCall>();
            connection.AddCalls(calls);
            foreach (ServedCall call in calls)
            {
                if (call.Member is not null)
                    all.Add((CallNames.Of(_load.WorkerId, connection.SessionId, call.CallId), call.Member));
            }
        }

        return all;
    }

    /// <summary>Cancels a call: its caller gets the error that says who did.</summary>
    public CallCancellation Cancel(CancelCall request)
    {
        var error = new CallCancelledException($"Call {request.CallId} was cancelled by {request.By}. Ask there for the reason before you call again.") { CancelledBy = request.By };
        return new CallCancellation(request.RequestId, _connections.Keys.Any(connection => connection.TryCancel(request.CallId, error)));
    }
}
