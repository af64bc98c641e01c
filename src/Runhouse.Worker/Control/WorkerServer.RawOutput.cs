using Runhouse.Protocol.Connections;

namespace Runhouse.Worker.Control;

/// <content>What native code and child processes write.</content>
internal sealed partial class WorkerServer
{
    private const int Information = 2;

    /// <summary>
    /// Sends a line that was written past the console to the caller of the only call in flight. When there are more, or none, nobody can say whose it is: then it
    /// is the worker's, and each caller who wants lines gets it.
    /// </summary>
    /// <param name="source">Where it was written.</param>
    /// <param name="line">The line.</param>
    public void WriteRaw(LogSource source, string line)
    {
        var calls = new List<ServedCall>();
        ServerConnection? holder = null;
        foreach (ServerConnection connection in _connections.Keys)
        {
            int before = calls.Count;
            connection.AddCalls(calls);
            if (calls.Count > before)
                holder = connection;
        }

        if (calls is [var only])
        {
            if (only.WantsLogs)
                holder!.WriteLog(Record(only.CallId));
            return;
        }

        foreach (ServerConnection connection in _connections.Keys.Where(static connection => connection.WantsLogs))
            connection.WriteLog(Record(callId: 0));

        LogRecord Record(ulong callId) => new(callId, _time.GetUtcNow(), Information, "", line, source);
    }
}
