using System.IO.Pipelines;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Resumption;
using Runhouse.Protocol.Tests.Connections;

namespace Runhouse.Protocol.Tests.Fuzzing;

/// <summary>Both sides of a session that goes on over a second connection.</summary>
internal static class ResumptionTargets
{
    /// <summary>A worker with a session, a part of which has come.</summary>
    public static Func<Task> PrepareWorker(RecordedSession session, Random random)
    {
        byte[] bytes = SessionMutations.Mutate(session.Caller, random);
        int cut = random.Next(bytes.Length + 1);
        byte[] first = bytes[..cut];
        byte[] second = bytes[(random.Next(2) == 0 ? cut : random.Next(bytes.Length + 1))..];
        return () => ShowWorkerAsync(first, hello => HelloMutations.Mutate(hello, random), second);
    }

    /// <summary>A caller with calls in flight, some of which have been answered.</summary>
    public static Func<Task> PrepareCaller(RecordedSession session, Random random)
    {
        byte[] bytes = SessionMutations.Mutate(session.Worker, random);
        int cut = random.Next(bytes.Length + 1);
        WorkerHello greeting = FuzzedSides.Greeting with { Received = random.Next(3) * random.Next(2000) };
        byte[] first = bytes[..cut];
        byte[] second = [.. HelloMutations.Mutate(greeting, random), .. bytes[cut..]];
        return () => ShowCallerAsync(first, second);
    }

    /// <summary>Shows a worker the first part of a session, and over a second connection a hello and the rest: its calls come to their end.</summary>
    public static async Task<Ending> ShowWorkerAsync(byte[] first, Func<ClientHello, byte[]> hello, byte[] second)
    {
        var calls = new TestWorker();
        calls.Construction.SetResult();
        ServerConnectionOptions options = FuzzedSides.Worker(new WorkerBudget(), calls.Values, new SessionTable());
        var pipes = new PipePair();
        var caller = new FarSide(pipes.Caller);
        var opening = new ClientHello(FuzzedSides.Ticket()) { Grace = TimeSpan.FromSeconds(30) };
        await caller.SendAsync(Framing.GoldenFrames.Write(Hello.WriteClient(opening)));
        ServerConnection server = (await ServerConnection.AcceptAsync(pipes.Worker, options, calls, default))!;
        Task serving = server.RunAsync();
        await caller.SendAsync(first);

        var morePipes = new PipePair();
        var again = new FarSide(morePipes.Caller);
        await again.SendAsync(hello(new ClientHello(FuzzedSides.Ticket())
        {
            SessionId = server.SessionId,
            SessionSecret = Hello.SecretOf(server.SessionId, WirePair.Key),
            Grace = TimeSpan.FromSeconds(1),
        }));
        Task<ServerConnection?> accepting = ServerConnection.AcceptAsync(morePipes.Worker, options, calls, default);
        Task sending = SendAllAsync(again, second);
        await FarSide.WithinAsync(accepting);
        if (await accepting is { } other)
        {
            // The hello has become one of a new session.
            _ = other.RunAsync();
            await FarSide.WithinAsync(sending);
            await other.DisposeAsync();
        }

        await FarSide.WithinAsync(sending);
        caller.Complete();
        await server.DisposeAsync();
        await FarSide.WithinAsync(serving);
        await FarSide.WithinAsync(Task.WhenAll(caller.Reading, again.Reading));
        await FarSide.WithinAsync(Task.Run(async () =>
        {
            while (Volatile.Read(ref calls.Ended) < Volatile.Read(ref calls.Begun))
                await Task.Yield();
        }));

        // In the end the worker closes what it has taken.
        return again.GoAway is null or GoAwayCode.Closing ? new Ending(IsAlive: true, null) : new Ending(IsAlive: false, again.GoAway);
    }

    /// <summary>Shows a caller the first part of a session, and over a second connection the rest: its calls end.</summary>
    /// <param name="first">What comes first.</param>
    /// <param name="second">A hello, and what comes behind it.</param>
    public static async Task ShowCallerAsync(byte[] first, byte[] second)
    {
        var pipes = new PipePair();
        var worker = new FarSide(pipes.Worker);
        await worker.SendAsync(Framing.GoldenFrames.Write(Hello.WriteServer(FuzzedSides.Greeting)));
        var morePipes = new PipePair();
        var again = new FarSide(morePipes.Worker);
        int reconnects = 0;
        ClientConnectionOptions options = FuzzedSides.Caller with { Reconnect = ReconnectAsync };
        ClientConnection client = await ClientConnection.ConnectAsync(pipes.Caller, new ClientHandshake(FuzzedSides.Ticket()), options, default);
        using var giveUp = new CancellationTokenSource();
        List<Task> calls = Workload.Begin(client, giveUp);
        await worker.SendAsync(first);
        worker.Complete();
        Task sending = SendAllAsync(again, second);
        await FarSide.WithinAsync(client.Completion);
        foreach (Task call in calls)
            CallerTarget.AssertTyped(await CallerTarget.EndAsync(call));
        await client.DisposeAsync();
        if (reconnects == 0)
            await Carrier.CloseAsync(morePipes.Caller);
        await FarSide.WithinAsync(Task.WhenAll(worker.Reading, again.Reading, sending));

        Task<(IDuplexPipe, ClientHandshake)> ReconnectAsync(CancellationToken cancellationToken) => reconnects++ == 0
            ? Task.FromResult((morePipes.Caller, new ClientHandshake(FuzzedSides.Ticket())))
            : throw new WorkerLostException("It has ended.");
    }

    private static async Task SendAllAsync(FarSide side, byte[] bytes)
    {
        await side.SendAsync(bytes);
        side.Complete();
    }
}
