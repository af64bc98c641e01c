namespace Runhouse.Protocol.Connections;

/// <content>The calls in flight, for whoever looks after the worker.</content>
public sealed partial class ServerConnection
{
    /// <summary>Adds the calls in flight to a list.</summary>
    /// <param name="calls">The list.</param>
    public void AddCalls(List<ServedCall> calls)
    {
        ArgumentNullException.ThrowIfNull(calls);
        long now = Environment.TickCount64;
        lock (_lock)
        {
            // Whoever ends a call takes it out before anything of it is let go: what is here is whole.
            foreach (ServerCall call in _calls.Values)
                calls.Add(new ServedCall(call.CallId, call.Member?.Signature, call.ObjectId, TimeSpan.FromMilliseconds(now - call.ArrivedAt), call.WantsLogs));
        }
    }

    /// <summary>Ends a call with an error, as somebody else than its caller asks for: its token is cancelled, and nothing more is sent for it.</summary>
    /// <param name="callName">The call's id in words.</param>
    /// <param name="error">What its caller gets.</param>
    /// <returns>Whether the call was in flight here.</returns>
    public bool TryCancel(string callName, Exception error)
    {
        ArgumentNullException.ThrowIfNull(callName);
        ulong found = 0;
        lock (_lock)
        {
            foreach (ulong callId in _calls.Keys)
            {
                if (CallName(callId) == callName)
                    found = callId;
            }
        }

        return found != 0 && Refuse(found, error);
    }
}
