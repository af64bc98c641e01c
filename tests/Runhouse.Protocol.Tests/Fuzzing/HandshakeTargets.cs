using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Resumption;
using Runhouse.Protocol.Tests.Connections;

namespace Runhouse.Protocol.Tests.Fuzzing;

/// <summary>Both sides of the handshake of a new session.</summary>
internal static class HandshakeTargets
{
    /// <summary>A worker that is shown a caller's hello.</summary>
    public static Func<Task> PrepareWorker(Random random)
    {
        var hello = new ClientHello(FuzzedSides.Ticket()) { Grace = TimeSpan.FromSeconds(1), KeepAlive = TimeSpan.FromSeconds(1) };
        byte[] bytes = HelloMutations.Mutate(hello, random);
        int[] cuts = SessionMutations.Cuts(random);
        return () => ShowWorkerAsync(bytes, cuts);
    }

    /// <summary>A caller that is shown a worker's hello.</summary>
    public static Func<Task> PrepareCaller(Random random)
    {
        byte[] bytes = HelloMutations.Mutate(FuzzedSides.Greeting, random);
        int[] cuts = SessionMutations.Cuts(random);
        return () => ShowCallerAsync(bytes, cuts);
    }

    /// <summary>Shows a worker bytes: it lets their sender in, or says why not, and closes.</summary>
    public static async Task<Ending> ShowWorkerAsync(byte[] bytes, params int[] cuts)
    {
        var pipes = new PipePair();
        var caller = new FarSide(pipes.Caller);
        var sessions = new SessionTable();
        Task<ServerConnection?> accepting = ServerConnection.AcceptAsync(pipes.Worker, FuzzedSides.Worker(sessions: sessions), new TestWorker(), default);
        await caller.SendAsync(bytes, cuts);
        caller.Complete();
        await FarSide.WithinAsync(accepting);
        ServerConnection? server = await accepting;
        if (server is not null)
        {
            Task serving = server.RunAsync();
            await server.DisposeAsync();
            await FarSide.WithinAsync(serving);
        }

        await FarSide.WithinAsync(caller.Reading);
        Assert.True(server is not null || caller.GoAway is not null, "The worker refused without a word.");
        Assert.True(server is null || sessions.Find(server.SessionId) is null, "The session is still there.");
        return server is not null ? new Ending(IsAlive: true, null) : new Ending(IsAlive: false, caller.GoAway);
    }

    /// <summary>Shows a caller bytes: it is connected, or fails with an error that says why not, and closes.</summary>
    public static async Task<Ending> ShowCallerAsync(byte[] bytes, params int[] cuts)
    {
        var pipes = new PipePair();
        var worker = new FarSide(pipes.Worker);
        Task<ClientConnection> connecting = ClientConnection.ConnectAsync(pipes.Caller, new ClientHandshake(FuzzedSides.Ticket()), FuzzedSides.Caller, default);
        await worker.SendAsync(bytes, cuts);
        worker.Complete();
        bool isConnected = false;
        try
        {
            await FarSide.WithinAsync(connecting);
            await (await connecting).DisposeAsync();
            isConnected = true;
        }
        catch (RemoteException)
        {
            // As documented.
        }

        await FarSide.WithinAsync(worker.Reading);
        return new Ending(isConnected, null);
    }
}
