using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Tests.Connections;

namespace Runhouse.Protocol.Tests.Fuzzing;

/// <summary>What both sides of a session have said, without the hellos.</summary>
/// <param name="Caller">The caller's messages.</param>
/// <param name="Worker">The worker's.</param>
internal sealed record RecordedSession(IReadOnlyList<Message> Caller, IReadOnlyList<Message> Worker)
{
    private static readonly Lazy<Task<RecordedSession>> Recorded = new(RecordAsync);

    /// <summary>A session of calls, streams, reports, references, lines, errors and a cancellation.</summary>
    public static Task<RecordedSession> Of => Recorded.Value;

    private static async Task<RecordedSession> RecordAsync()
    {
        var pipes = new PipePair();
        (var caller, var worker) = (new Tap(pipes.Caller), new Tap(pipes.Worker));
        var calls = new TestWorker { Holds = true };
        calls.Construction.SetResult();
        Task<ServerConnection?> accepting = ServerConnection.AcceptAsync(worker, FuzzedSides.Worker(values: calls.Values), calls, default);
        await using ClientConnection client = await ClientConnection.ConnectAsync(caller, new ClientHandshake(FuzzedSides.Ticket()), FuzzedSides.Caller, default);
        await using ServerConnection server = (await accepting)!;
        _ = server.RunAsync();
        (int fromCaller, int fromWorker) = (caller.Bytes.WrittenCount, worker.Bytes.WrittenCount);

        // All calls are made before the first is answered: their numbers are those of the next caller that makes them.
        using var cancellation = new CancellationTokenSource();
        List<Task> tasks = Workload.Begin(client, cancellation);
        while (calls.HeldCount < tasks.Count)
            await Task.Yield();
        calls.Holds = false;
        Task running = calls.RunHeldAsync();
        foreach (Task task in tasks.SkipLast(1))
            await Task.WhenAny(task);
        await cancellation.CancelAsync();
        await Task.WhenAny(tasks[^1]);
        await running;
        await client.ReleaseAsync(77, delete: false, default);
        return new RecordedSession(
            Message.Join(WireFrame.Parse(caller.Bytes.WrittenSpan[fromCaller..])),
            Message.Join(WireFrame.Parse(worker.Bytes.WrittenSpan[fromWorker..])));
    }
}
