using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Generated;
using Runhouse.Protocol.References;

namespace Runhouse.Protocol.Tests.Connections;

/// <summary>What a generator and a worker would do with the calls of <see cref="TestMethods"/>.</summary>
internal sealed class TestWorker : ICallHandler
{
    private static readonly RemoteMember EchoMember = new(300, "Tests", "Tests.Echo", 1, RemoteMemberKind.Function);

    private readonly ConcurrentQueue<ServerCall> _held = new();

    /// <summary>Whether echoes are answered on the read loop, without a task.</summary>
    public bool RunsInline { get; set; }

    /// <summary>Whether calls wait for <see cref="RunHeldAsync"/>.</summary>
    public bool Holds { get; set; }

    /// <summary>Whether a call with a reference waits for <see cref="Construction"/>.</summary>
    public bool HoldsUse { get; set; }

    /// <summary>What the first call with a reference saw.</summary>
    public TaskCompletionSource<int> Used { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The values that references lead to.</summary>
    public TestValues Values { get; } = new();

    public int HeldCount => _held.Count;

    /// <summary>Ends when the first waiting call has begun, and when its token was cancelled.</summary>
    public TaskCompletionSource Waiting { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How many items the counting stream has produced, and its end for whatever reason.</summary>
    public int Produced;

    public TaskCompletionSource ProducerEnded { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What <see cref="ServerCall.CompleteConstruction"/> answered.</summary>
    public TaskCompletionSource<bool> Constructed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What a construction waits for.</summary>
    public TaskCompletionSource Construction { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ConcurrentQueue<(ulong Id, bool Delete)> Releases { get; } = new();

    /// <summary>How many lines have been written.</summary>
    public int Said;

    /// <summary>How many calls have arrived, and how many have been let go of.</summary>
    public int Begun;

    public int Ended;

    /// <summary>How often each number was echoed; null when nobody counts.</summary>
    public int[]? Counts { get; set; }

    /// <summary>How many of the calls had streams.</summary>
    public int StreamsBegun;

    /// <summary>How many constructions were delivered.</summary>
    public int Delivered;

    public void OnCall(ServerCall call)
    {
        Interlocked.Increment(ref Begun);
        if (call.MethodId is 304 or 305 or 312)
            Interlocked.Increment(ref StreamsBegun);
        if (RunsInline)
        {
            call.Member = EchoMember;
            EchoNow(call);
            call.Release();
        }
        else if (Holds)
        {
            _held.Enqueue(call);
        }
        else
        {
            Start(call);
        }
    }

    /// <summary>On its own: what it captures would be allocated for calls that run inline as well.</summary>
    private void Start(ServerCall call) => _ = Task.Run(() => RunAsync(call));

    public void OnRelease(ServerConnection connection, ulong objectId, bool delete)
    {
        Releases.Enqueue((objectId, delete));
        Values.Remove(objectId);
    }

    public void OnClosed(ServerConnection connection) => Closed.TrySetResult();

    /// <summary>Runs the calls held so far, none behind another: one that is long in arriving may be the last, and another may wait for what follows on it.</summary>
    /// <returns>How many of them nobody waits for.</returns>
    public async Task<int> RunHeldAsync()
    {
        int abandoned = 0;
        List<Task> running = [];
        while (_held.TryDequeue(out ServerCall? call))
        {
            abandoned += call.IsAbandoned ? 1 : 0;
            running.Add(RunAsync(call));
        }

        await Task.WhenAll(running);
        return abandoned;
    }

    private async Task RunAsync(ServerCall call)
    {
        call.Member = new RemoteMember(
            call.MethodId, "Tests", $"Tests.{call.MethodId}", 1, call.MethodId == 307 ? RemoteMemberKind.Constructor : RemoteMemberKind.Function);
        try
        {
            await DispatchAsync(call);
        }
        catch (Exception error)
        {
            call.Fail(error);
        }

        call.Release();
        Interlocked.Increment(ref Ended);
    }

    private ValueTask DispatchAsync(ServerCall call) => call.MethodId switch
    {
        300 => Echo(call),
        301 => EchoBytes(call),
        302 => throw new InvalidOperationException("no"),
        303 => WaitAsync(call),
        304 => call.CompleteWithStreamAsync(CountAsync(ReadInt(call), call.CancellationToken), static (ref writer, item) => writer.WriteInt32(item)),
        305 => SumAsync(call),
        306 => Progress(call),
        307 => ConstructAsync(call),
        308 => call.CompleteWithStreamAsync(DoubleAsync(ReadStream(call)!), static (ref writer, item) => writer.WriteInt32(item)),
        309 => Say(call),
        310 => Keep(call),
        311 => UseAsync(call),
        312 => SendBlocks(call),
        3 => Fetch(call),
        _ => throw new ContractMismatchException($"no member {call.MethodId}"),
    };

    private static int ReadInt(ServerCall call)
    {
        try
        {
            WireReader reader = call.BeginArguments();
            return reader.ReadInt32();
        }
        catch (Exception error)
        {
            throw WireReader.Translate(error);
        }
    }

    private static IAsyncEnumerable<int>? ReadStream(ServerCall call)
    {
        WireReader reader = call.BeginArguments();
        return call.ReadStream(ref reader, static (ref reader) => reader.ReadInt32());
    }

    private ValueTask Echo(ServerCall call)
    {
        EchoNow(call);
        return default;
    }

    private void EchoNow(ServerCall call)
    {
        int value = ReadInt(call);
        if (Counts is { } counts)
            Interlocked.Increment(ref counts[value]);
        WireWriter writer = call.BeginResult();
        writer.WriteInt32(value);
        call.Complete(ref writer);
    }

    private static ValueTask EchoBytes(ServerCall call)
    {
        WireReader reader = call.BeginArguments();
        byte[] value = reader.ReadBlock<byte>()!;
        WireWriter writer = call.BeginResult();
        writer.WriteBlock<byte>(value);
        call.Complete(ref writer);
        return default;
    }

    private ValueTask Say(ServerCall call)
    {
        int lines = ReadInt(call);
        for (int i = 0; i < lines && !call.IsAbandoned; i++)
        {
            call.Connection.WriteLog(new LogRecord(call.CallId, DateTimeOffset.UnixEpoch, 2, "", $"line {i}", LogSource.StandardOutput));
            Interlocked.Increment(ref Said);
        }

        WireWriter writer = call.BeginResult();
        writer.WriteInt32(lines);
        call.Complete(ref writer);
        return default;
    }

    private static ValueTask Keep(ServerCall call)
    {
        RemoteRef<int> kept = RemoteRef.Create(ReadInt(call));
        WireWriter writer = call.BeginResult();
        writer.WriteReference(kept, static (ref writer, value) => writer.WriteInt32(value));
        call.Complete(ref writer);
        return default;
    }

    private async ValueTask UseAsync(ServerCall call)
    {
        RemoteRef<int> reference = Read();
        Waiting.TrySetResult();
        if (HoldsUse)
            await Construction.Task;
        try
        {
            Complete(reference.Value);
            Used.TrySetResult(reference.Value);
        }
        catch (Exception error)
        {
            Used.TrySetException(error);
            throw;
        }

        RemoteRef<int> Read()
        {
            try
            {
                WireReader reader = call.BeginArguments();
                return reader.ReadReference<int>(static (ref reader) => reader.ReadInt32()) ?? throw WireReader.Malformed("no reference");
            }
            catch (Exception error)
            {
                throw WireReader.Translate(error);
            }
        }

        void Complete(int value)
        {
            WireWriter writer = call.BeginResult();
            writer.WriteInt32(value);
            call.Complete(ref writer);
        }
    }

    private static ValueTask SendBlocks(ServerCall call)
    {
        WireReader reader = call.BeginArguments();
        int[] sizes = reader.ReadBlock<int>()!;
        return call.CompleteWithStreamAsync(sizes.Select(static size => new Block(size)).ToAsyncEnumerable(), static (ref writer, block)
            => writer.WriteBlock<byte>(block.Size is > 0 and < 1 << 20 ? BlockOf(block.Size) : throw new InvalidOperationException("no size")));
    }

    /// <summary>The bytes of a block of a size.</summary>
    public static byte[] BlockOf(int size) => [.. Enumerable.Range(0, size).Select(i => (byte)((i + size) % 251))];

    private ValueTask Fetch(ServerCall call)
    {
        if (!Values.TryFind(call.ObjectId, out HeldValue? value))
            throw new RemoteNotFoundException("gone");
        value.WriteTo(call);
        return default;
    }

    private ValueTask Progress(ServerCall call)
    {
        WireReader reader = call.BeginArguments();
        int count = reader.ReadInt32();
        IProgress<int>? progress = call.ReadProgress<int>(ref reader, static (ref writer, report) => writer.WriteInt32(report));
        for (int i = 0; i < count && !call.IsAbandoned; i++)
        {
            progress?.Report(i);
            Interlocked.Increment(ref Produced);
        }

        WireWriter writer = call.BeginResult();
        writer.WriteInt32(count);
        call.Complete(ref writer);
        return default;
    }

    private static async IAsyncEnumerable<int> DoubleAsync(IAsyncEnumerable<int> items)
    {
        await foreach (int item in items)
            yield return 2 * item;
    }

    private async ValueTask WaitAsync(ServerCall call)
    {
        CancellationToken token = call.CancellationToken;
        Waiting.TrySetResult();
        try
        {
            await Task.Delay(Timeout.Infinite, token);
        }
        catch (OperationCanceledException)
        {
            Cancelled.TrySetResult();
            throw;
        }
    }

    private async ValueTask ConstructAsync(ServerCall call)
    {
        Waiting.TrySetResult();
        await Construction.Task;
        bool isDelivered = call.CompleteConstruction(77);
        Interlocked.Add(ref Delivered, isDelivered ? 1 : 0);
        Constructed.TrySetResult(isDelivered);
    }

    private static async ValueTask SumAsync(ServerCall call)
    {
        long sum = 0;
        if (ReadStream(call) is { } items)
        {
            await foreach (int item in items)
            {
                sum += item;
                if (item < 0)
                    break;
            }
        }
        else
        {
            sum = -1;
        }

        Complete();

        void Complete()
        {
            WireWriter writer = call.BeginResult();
            writer.WriteInt64(sum);
            call.Complete(ref writer);
        }
    }

    private async IAsyncEnumerable<int> CountAsync(int count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            for (int i = 0; i < count && !cancellationToken.IsCancellationRequested; i++)
            {
                if (i % 1000 == 999)
                    await Task.Yield();
                Interlocked.Increment(ref Produced);
                yield return i;
            }

            if (count < 0)
                throw new InvalidOperationException("a stream of less than nothing");
        }
        finally
        {
            ProducerEnded.TrySetResult();
        }
    }

    private readonly record struct Block(int Size);
}
