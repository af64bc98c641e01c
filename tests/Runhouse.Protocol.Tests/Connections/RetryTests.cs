using System.Collections.Concurrent;
using CsCheck;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Tests.Connections;

/// <summary>Which calls are made again, by attempts that end in every way there is.</summary>
public sealed class RetryTests
{
    private enum Fate
    {
        /// <summary>No worker is reached.</summary>
        Unreached,

        /// <summary>The worker has the call, and goes.</summary>
        Lost,

        /// <summary>The worker has no room.</summary>
        Refused,

        /// <summary>The called code throws.</summary>
        Fails,

        /// <summary>The called code ends.</summary>
        Runs,
    }

    [Fact]
    public Task A_call_runs_again_only_where_that_is_safe_and_as_often_as_it_may()
        => Gen.Select(Gen.Enum<Fate>().Array[1, 6], Gen.Int[0, 4], Gen.Bool, Gen.Bool).SampleAsync(async (fates, retries, isIdempotent, isBound) =>
        {
            await using var workers = new Workers(fates, isBound);
            var method = new RemoteMethod<int>(300, "Tests.Echo", 1, static (ref reader) => reader.ReadInt32()) { IsIdempotent = isIdempotent, Retries = retries };
            OutgoingCall<int> call = workers.Target.Begin(method);
            WireWriter writer = call.BeginArguments();
            writer.WriteInt32(42);
            (Type? error, int attempts) = Expected(fates, retries, isIdempotent, isBound);

            ValueTask<int> reply = call.SendAsync(ref writer, default);

            Exception? thrown = await Record.ExceptionAsync(async () => Assert.Equal(42, await reply));

            Assert.Equal((error, attempts), (thrown?.GetType(), workers.Attempts));
        }, iter: 200);

    [Fact]
    public Task A_stream_is_asked_for_again_until_its_first_item_and_no_item_comes_twice()
        => Gen.Select(Gen.Enum<Fate>().Array[1, 6], Gen.Int[0, 4], Gen.Bool, Gen.Int[0, 3]).SampleAsync(async (fates, retries, isIdempotent, itemsBefore) =>
        {
            await using var workers = new Workers(fates, isBound: false) { ItemsBeforeLoss = itemsBefore };
            var method = new RemoteStreamMethod<int>(304, "Tests.Count", 1, static (ref reader) => reader.ReadInt32()) { IsIdempotent = isIdempotent, Retries = retries };
            OutgoingStream<int> call = workers.Target.BeginStream(method);
            WireWriter writer = call.BeginArguments();
            (Type? error, int attempts) = Expected(fates, retries, isIdempotent, isBound: false, isOverAfterLoss: itemsBefore > 0);
            IAsyncEnumerable<int> stream = call.Stream(ref writer, default);
            var items = new List<int>();

            Exception? thrown = await Record.ExceptionAsync(async () =>
            {
                await foreach (int item in stream)
                {
                    items.Add(item);
                    if (items.Count == itemsBefore)
                        workers.Loss.SetResult();
                }
            });

            Assert.Equal((error, attempts), (thrown?.GetType(), workers.Attempts));
            Assert.Equal(Enumerable.Range(0, error is null ? 4 : error == typeof(WorkerLostException) ? itemsBefore : 0), items);
        }, iter: 200);

    [Fact]
    public async Task A_stream_argument_that_has_been_sent_is_not_sent_again()
    {
        await using var workers = new Workers([Fate.Unreached, Fate.Lost, Fate.Runs], isBound: false);
        var method = new RemoteMethod<int>(300, "Tests.Sum", 1, static (ref reader) => reader.ReadInt32()) { IsIdempotent = true, Retries = 5 };
        OutgoingCall<int> call = workers.Target.Begin(method);
        WireWriter writer = call.BeginArguments();
        writer.WriteInt32(42);
        call.WriteStream(ref writer, AsyncEnumerable.Empty<int>(), static (ref writer, item) => writer.WriteInt32(item));
        ValueTask<int> reply = call.SendAsync(ref writer, default);

        await Assert.ThrowsAsync<WorkerLostException>(async () => await reply);

        Assert.Equal(2, workers.Attempts);
    }

    [Fact]
    public async Task The_caller_s_word_counts_and_the_deadline_is_for_all_attempts()
    {
        await using var workers = new Workers([Fate.Unreached, Fate.Unreached, Fate.Runs], isBound: false);
        var method = new RemoteMethod<int>(300, "Tests.Echo", 1, static (ref reader) => reader.ReadInt32()) { Retries = 5 };

        await Assert.ThrowsAsync<HostUnreachableException>(() => SendAsync(workers.With(new CallSettings(null, false) { Retries = 0 })));
        Assert.Equal(1, workers.Attempts);
        await Assert.ThrowsAsync<HostUnreachableException>(() => SendAsync(workers.With(new CallSettings(TimeSpan.FromMilliseconds(50), false))));
        Assert.Equal(2, workers.Attempts);

        async Task SendAsync(ConnectionTarget target)
        {
            OutgoingCall<int> call = target.Begin(method);
            WireWriter writer = call.BeginArguments();
            writer.WriteInt32(42);
            await call.SendAsync(ref writer, default);
        }
    }

    /// <summary>The rule, said once more: the error that the caller gets, and after how many attempts.</summary>
    private static (Type? Error, int Attempts) Expected(Fate[] fates, int retries, bool isIdempotent, bool isBound, bool isOverAfterLoss = false)
    {
        for (int attempt = 0; ; attempt++)
        {
            Fate fate = fates[Math.Min(attempt, fates.Length - 1)];
            bool isRepeated = attempt < retries && fate switch
            {
                Fate.Unreached => !isBound,
                Fate.Lost => isIdempotent && !isBound && !isOverAfterLoss,
                Fate.Refused => isIdempotent,
                _ => false,
            };
            if (isRepeated)
                continue;
            return (fate switch
            {
                Fate.Unreached => typeof(HostUnreachableException),
                Fate.Lost => typeof(WorkerLostException),
                Fate.Refused => typeof(OverloadedException),
                Fate.Fails => typeof(InvalidOperationException),
                _ => null,
            }, attempt + 1);
        }
    }

    /// <summary>A worker for each attempt; the last fate repeats.</summary>
    private sealed class Workers(Fate[] fates, bool isBound) : ICallRouter, IAsyncDisposable
    {
        private readonly ConcurrentBag<(ClientConnection Client, ServerConnection Server)> _connections = [];
        private int _attempts;

        public int ItemsBeforeLoss { get; init; }

        /// <summary>Ends when the items before a loss have been taken.</summary>
        public TaskCompletionSource Loss { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Attempts => _attempts;

        public bool IsBound => isBound;

        public ConnectionTarget Target => With(new CallSettings(null, false));

        public ConnectionTarget With(CallSettings settings)
            => new(this, ObjectForm.Array, settings with { TimeProvider = new TimeWithoutPauses() }, WireLimits.Default);

        public bool TryGetRoute(out CallRoute route)
        {
            route = default;
            return false;
        }

        public async ValueTask<CallRoute> GetRouteAsync(CancellationToken cancellationToken)
        {
            Fate fate = fates[Math.Min(_attempts++, fates.Length - 1)];
            if (fate == Fate.Unreached)
                throw new HostUnreachableException("Nobody is there.");
            var pipes = new PipePair();
            var server = new ServerConnectionOptions { TicketKey = WirePair.Key, TicketLedger = new TicketLedger(), WorkerId = "w", Host = "tests" };
            Task<ServerConnection?> accepting = ServerConnection.AcceptAsync(pipes.Worker, server, new Handler(fate, ItemsBeforeLoss, ItemsBeforeLoss == 0 ? Task.CompletedTask : Loss.Task), cancellationToken);
            ClientConnection client = await ClientConnection.ConnectAsync(
                pipes.Caller,
                new ClientHandshake(Ticket.Mint(WirePair.Key, TimeProvider.System.GetUtcNow() + Ticket.DefaultLifetime)),
                new ClientConnectionOptions { ExplainLoss = static _ => new ValueTask<Exception>(new WorkerLostException("It went.")) },
                cancellationToken);
            _connections.Add((client, (await accepting)!));
            _ = (await accepting)!.RunAsync();
            return new CallRoute(client, 0);
        }

        public async ValueTask DisposeAsync()
        {
            foreach ((ClientConnection client, ServerConnection server) in _connections)
            {
                await client.DisposeAsync();
                await server.DisposeAsync();
            }
        }
    }

    private sealed class Handler(Fate fate, int itemsBeforeLoss, Task loss) : ICallHandler
    {
        public void OnCall(ServerCall call) => _ = RunAsync(call);

        public void OnRelease(ServerConnection connection, ulong objectId, bool delete)
        {
        }

        public void OnClosed(ServerConnection connection)
        {
        }

        private async Task RunAsync(ServerCall call)
        {
            // Off the read loop, as an executor is.
            await Task.Yield();
            call.Member = new RemoteMember(call.MethodId, "Tests", "Tests.Echo(int)", 1, RemoteMemberKind.Function);
            bool isStream = call.MethodId == 304;
            if (fate == Fate.Refused)
                call.Fail(new OverloadedException("Too much."));
            else if (fate == Fate.Fails)
                call.Fail(new InvalidOperationException("on purpose"));
            else if (isStream)
                await call.CompleteWithStreamAsync(ItemsAsync(call.Connection), static (ref writer, item) => writer.WriteInt32(item));
            else if (fate == Fate.Lost)
                await call.Connection.DisposeAsync();
            else
                Echo(call);
            call.Release();
        }

        private async IAsyncEnumerable<int> ItemsAsync(ServerConnection connection)
        {
            int count = fate == Fate.Lost ? itemsBeforeLoss : 4;
            for (int i = 0; i < count; i++)
            {
                yield return i;
                await Task.Yield();
            }

            if (fate != Fate.Lost)
                yield break;
            await loss;
            await connection.DisposeAsync();
        }

        private static void Echo(ServerCall call)
        {
            WireReader reader = call.BeginArguments();
            int value = reader.ReadInt32();
            WireWriter writer = call.BeginResult();
            writer.WriteInt32(value);
            call.Complete(ref writer);
        }
    }

    /// <summary>Pauses end as soon as they have begun.</summary>
    private sealed class TimeWithoutPauses : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
            => System.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
