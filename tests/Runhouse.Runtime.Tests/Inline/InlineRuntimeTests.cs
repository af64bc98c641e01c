using Runhouse.Protocol;
using Runhouse.Protocol.Generated;
using Runhouse.Runtime.Client;
using Runhouse.Runtime.Client.Inline;
using Runhouse.Runtime.Configuration;

namespace Runhouse.Runtime.Tests.Inline;

public class InlineRuntimeTests
{
    private readonly InlineContract _contract = new();
    private readonly InlineRuntime _runtime = new(WireLimits.Default, TimeProvider.System, (_, _, _) => { });

    private RemoteTarget Functions => _runtime.Functions(_contract);

    [Fact]
    public async Task Arguments_are_copied_and_the_result_comes_back()
    {
        int[] values = [1, 2, 3];
        Assert.Equal(6, await CallAsync(Functions, InlineContract.Sum, (_, ref writer) => writer.WriteBlock<int>(values)));
        Assert.NotSame(values, _contract.LastSummed);
    }

    [Fact]
    public async Task Errors_arrive_as_themselves_with_the_remote_stack()
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => CallAsync(Functions, InlineContract.Fail));
        Assert.Equal(("Bad. (Parameter 'call')", "call"), (error.Message, error.ParamName));
        Assert.Contains(nameof(InlineContract.DispatchAsync), RemoteFault.Of(error)!.StackTrace, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_argument_that_cannot_be_written_is_the_calls_error()
    {
        OutgoingCall<int> call = Functions.Begin(InlineContract.Sum);
        ValueTask<int> failed = Fail(call);
        var error = await Assert.ThrowsAsync<RemoteSerializationException>(async () => await failed);
        Assert.Equal("values", error.MemberPath);

        static ValueTask<int> Fail(OutgoingCall<int> call)
        {
            var writer = call.BeginArguments();
            writer.Member("values"u8);
            return call.FailAsync(ref writer, new InvalidOperationException("getter"));
        }
    }

    [Fact]
    public async Task Cancelling_ends_the_call_on_both_sides_with_the_callers_token()
    {
        using var cancel = new CancellationTokenSource();
        Task<Unit> call = CallAsync(Functions, InlineContract.Wait, token: cancel.Token);
        await _contract.Started.Task;
        await cancel.CancelAsync();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(cancel.Token, error.CancellationToken);
        await _contract.Stopped.Task;
    }

    [Fact]
    public async Task A_deadline_ends_the_call_on_both_sides()
    {
        RemoteTarget hurried = _runtime.Functions(_contract, new RemoteOptions { Timeout = TimeSpan.FromMilliseconds(1) });
        var error = await Assert.ThrowsAsync<RemoteTimeoutException>(() => CallAsync(hurried, InlineContract.Wait));
        Assert.Contains("did not end within 0.001 s. Its code was told to stop", error.Message, StringComparison.Ordinal);
        Assert.Contains("(RemoteOptions.Timeout, or Runhouse:Calls:Timeout for every call)", error.Message, StringComparison.Ordinal);
        if (_contract.Started.Task.IsCompleted)
            await _contract.Stopped.Task;
    }

    [Fact]
    public async Task Streams_travel_both_ways_and_leaving_early_stops_the_producer()
    {
        Assert.Equal(60, await CallAsync(Functions, InlineContract.SumStream, (call, ref writer) =>
            call.WriteStream(ref writer, Items(), static (ref writer, value) => writer.WriteInt32(value))));

        var seen = new List<int>();
        await foreach (int item in Stream(Functions.BeginStream(InlineContract.Count)))
        {
            seen.Add(item);
            if (seen.Count == 40)
                break;
        }

        Assert.Equal(Enumerable.Range(0, 40), seen);
        await _contract.Stopped.Task;

        static IAsyncEnumerable<int> Stream(OutgoingStream<int> call)
        {
            var writer = call.BeginArguments();
            return call.Stream(ref writer, CancellationToken.None);
        }

        static async IAsyncEnumerable<int> Items()
        {
            foreach (int item in (int[])[10, 20, 30])
            {
                await Task.Yield();
                yield return item;
            }
        }
    }

    [Fact]
    public async Task Progress_arrives_in_order()
    {
        var reports = new Reports();
        await CallAsync(Functions, InlineContract.Report, (call, ref writer) =>
            call.WriteProgress(ref writer, reports, static (ref reader) => reader.ReadInt32()));
        Assert.Equal([1, 2], reports);
    }

    [Fact]
    public async Task Services_and_context_are_those_of_remote_code()
    {
        Assert.Equal("Hello", await CallAsync(Functions, InlineContract.Greet));
        Assert.Equal("inline", await CallAsync(Functions, InlineContract.Where));
        Assert.Null(RemoteContext.Current);
    }

    [Fact]
    public async Task An_anonymous_object_keeps_state_and_is_disposed_with_its_handle()
    {
        RemoteObjectHandle handle = await CreateAsync(null);
        InlineContract.Counter counter = _contract.LastCounter!;
        Assert.Equal(15, await AddAsync(handle, 5));
        Assert.Equal(20, await AddAsync(handle, 5));
        await handle.DisposeAsync();
        Assert.True(counter.Disposed);
        await Assert.ThrowsAsync<RemoteNotFoundException>(() => AddAsync(handle, 5));
    }

    [Fact]
    public async Task A_named_object_outlives_its_handle_and_is_found_by_name()
    {
        RemoteObjectHandle handle = await CreateAsync("kept");
        await handle.DisposeAsync();
        RemoteObjectHandle again = _runtime.Attach("kept", InlineContract.CounterName);
        Assert.Equal(15, await AddAsync(again, 5));
        await Assert.ThrowsAsync<NameInUseException>(() => CreateAsync("kept"));
        Assert.Contains("'kept'", Assert.Throws<RemoteNotFoundException>(() => _runtime.Attach("kpt", "x")).Message, StringComparison.Ordinal);
        Assert.Throws<RemoteNotFoundException>(() => _runtime.Attach("kept", "Other.Class"));

        InlineContract.Counter first = _contract.LastCounter!;
        RemoteObjectHandle replacement = await CreateAsync("kept", NameConflict.Replace);
        Assert.True(first.Disposed);
        Assert.Equal(11, await AddAsync(replacement, 1));
        await replacement.DeleteAsync(CancellationToken.None);
        Assert.Throws<RemoteNotFoundException>(() => _runtime.Attach("kept", InlineContract.CounterName));
    }

    [Fact]
    public async Task The_configured_mode_runs_placements_in_this_process()
    {
        RunhouseRuntime runtime = RunhouseRuntime.Create(configure: options => options.Mode = RunhouseMode.Inline);
        var placement = new RemotePlacement(_contract, new Resources());
        Assert.Equal("inline", await CallAsync(runtime.Backend.Functions(placement), InlineContract.Where));
        RemoteCreation creation = runtime.Backend.BeginCreate(placement.Named("n", NameConflict.Fail), InlineContract.NewCounter);
        RemoteObjectHandle handle = await creation.CompleteAsync(
            new ValueTask<ulong>(SendAsync(creation.Call, (_, ref writer) => writer.WriteInt32(1))), static handle => handle);
        Assert.Equal("n", handle.Name);
        RemoteObjectHandle same = await runtime.Backend.AttachAsync(placement, "n", InlineContract.CounterName, CancellationToken.None);
        Assert.Equal(3, await AddAsync(same, 2));
    }

    [Fact]
    public async Task A_lazy_object_is_created_by_its_first_call_only()
    {
        RemoteBackend backend = new InlineBackend(_runtime, RemoteOptions.Default);
        var placement = new RemotePlacement(_contract, new Resources());
        await backend.CreateLazily(placement, InlineContract.NewDefaultCounter).DisposeAsync();
        Assert.Null(_contract.LastCounter);

        RemoteObjectHandle handle = backend.CreateLazily(placement, InlineContract.NewDefaultCounter);
        Assert.Equal(1, await AddAsync(handle, 1));
        Assert.Equal(3, await AddAsync(handle, 2));
        await handle.DisposeAsync();
        Assert.True(_contract.LastCounter!.Disposed);
    }

    private delegate void WriteArguments(OutgoingCall call, ref WireWriter writer);

    private static Task<T> CallAsync<T>(RemoteTarget target, RemoteMethod<T> method, WriteArguments? write = null, CancellationToken token = default)
        => SendAsync(target.Begin(method), write, token);

    private static Task<T> SendAsync<T>(OutgoingCall<T> call, WriteArguments? write, CancellationToken token = default)
    {
        var writer = call.BeginArguments();
        write?.Invoke(call, ref writer);
        return call.SendAsync(ref writer, token).AsTask();
    }

    private static Task<int> AddAsync(RemoteObjectHandle handle, int by)
        => CallAsync(handle.Target, InlineContract.Add, (_, ref writer) => writer.WriteInt32(by));

    private async Task<RemoteObjectHandle> CreateAsync(string? name, NameConflict conflict = NameConflict.Fail)
        => _runtime.Handle(await SendAsync(
            _runtime.BeginCreate(_contract, InlineContract.NewCounter, name, conflict), (_, ref writer) => writer.WriteInt32(10)));

    private sealed class Reports : List<int>, IProgress<int>
    {
        public void Report(int value) => Add(value);
    }
}
