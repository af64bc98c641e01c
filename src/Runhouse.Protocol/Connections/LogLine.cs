namespace Runhouse.Protocol.Connections;

/// <summary>A line of remote code on its way to whoever receives lines.</summary>
/// <param name="receiver">Who.</param>
/// <param name="record">The line.</param>
/// <param name="lines">Who is told when it has been handled.</param>
/// <param name="payload">The size of its payload.</param>
/// <param name="flow">The flow of the code that made the call; null for any.</param>
internal sealed class LogLine(Action<LogRecord> receiver, LogRecord record, LogReceiver lines, long payload, ExecutionContext? flow) : IThreadPoolWorkItem
{
    /// <inheritdoc/>
    public void Execute()
    {
        if (flow is null)
            Receive();
        else
            ExecutionContext.Run(flow, static line => ((LogLine)line!).Receive(), this);
        lines.OnHandled(payload);
    }

    private void Receive()
    {
        try
        {
            receiver(record);
        }
        catch (Exception error)
        {
            // A receiver of lines that fails is no reason to lose the calls: the line goes where somebody may see it, with the reason.
            Console.Error.WriteLine($"{record.Text} (the logger for remote lines failed: {error.GetType().Name}: {error.Message})");
        }
    }
}
