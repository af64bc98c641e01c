using Runhouse.Integration.App;

namespace Runhouse.Integration;

public sealed class ErrorTests(LocalHost host)
{
    /// <summary>Longer than a busy machine keeps a caller's thread waiting: a call whose time is over before it has been sent is not made.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);

    [Fact]
    [Acceptance(14)]
    public async Task An_exception_of_the_framework_arrives_as_itself()
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => Jobs.Remote.FailAsync("argument"));
        Assert.Equal("how", error.ParamName);
        Assert.StartsWith("The oven is off.", error.Message, StringComparison.Ordinal);
        Assert.Contains("Jobs.FailAsync", error.ToString(), StringComparison.Ordinal);
        Assert.Equal("System.ArgumentException", RemoteFault.Of(error)!.TypeName);
    }

    [Fact]
    [Acceptance(14)]
    public async Task An_exception_of_the_application_arrives_as_itself_with_its_data()
    {
        var error = await Assert.ThrowsAsync<OvenException>(() => Jobs.Remote.FailAsync("own"));
        Assert.Equal("too hot", error.Message);
        Assert.Equal(1200, error.Degrees);
        Assert.Equal("north", error.Oven);
        Assert.Contains("Jobs.FailAsync", RemoteFault.Of(error)!.StackTrace, StringComparison.Ordinal);
    }

    [Fact]
    [Acceptance(14)]
    public async Task A_message_and_a_cause_are_known_by_where_a_constructor_passes_them_not_by_their_names()
    {
        var error = await Assert.ThrowsAsync<KilnException>(() => Jobs.Remote.FailAsync("renamed"));
        Assert.Equal("too cold", error.Message);
        Assert.Equal("the cause", Assert.IsType<InvalidOperationException>(error.InnerException).Message);

        var worded = await Assert.ThrowsAsync<RemoteException>(() => Jobs.Remote.FailAsync("worded"));
        Assert.True(worded.Is<EmptyKilnException>());
        Assert.Contains("The kiln south is empty.", worded.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Acceptance(15)]
    public async Task An_exception_that_cannot_be_rebuilt_arrives_as_a_remote_exception()
    {
        var error = await Assert.ThrowsAsync<RemoteException>(() => Jobs.Remote.FailAsync("unknown"));
        Assert.Equal("Runhouse.Integration.App.UnbuildableException", error.RemoteType);
        Assert.True(error.Is<UnbuildableException>());
        Assert.Contains("unbuildable", error.Message, StringComparison.Ordinal);
        Assert.Contains("Jobs.FailAsync", error.ToString(), StringComparison.Ordinal);
        Assert.Equal("the cause", Assert.IsType<InvalidOperationException>(error.InnerException).Message);
    }

    [Fact]
    [Acceptance(10)]
    public async Task Cancelling_the_callers_token_cancels_the_remote_one()
    {
        using var source = new CancellationTokenSource();
        Task call = Jobs.Remote.WaitAsync("cancelled", source.Token);
        await Jobs.Remote.ProcessIdAsync();
        await source.CancelAsync();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(source.Token, error.CancellationToken);
        await Jobs.Remote.WasCancelledAsync("cancelled").WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    [Acceptance(10)]
    public async Task A_cancelled_call_frees_what_it_held_in_the_worker()
    {
        await using OneAtATimeRemote alone = await OneAtATime.RemoteAsync();
        using var source = new CancellationTokenSource();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task staying = alone.StayAsync(new Progress<bool>(_ => entered.TrySetResult()), source.Token);
        await entered.Task;
        Task<bool> entering = alone.EnterAsync();
        await Jobs.Remote.ProcessIdAsync();
        Assert.False(entering.IsCompleted);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => staying);
        Assert.True(await entering.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    [Acceptance(10)]
    public async Task A_deadline_ends_the_call_on_both_sides()
    {
        await Jobs.Remote.ProcessIdAsync(); // the worker is there: its start is none of the time
        var error = await Assert.ThrowsAsync<RemoteTimeoutException>(
            () => Jobs.Remote.With(new RemoteOptions { Timeout = Deadline }).WaitAsync("late"));
        Assert.Contains("WaitAsync", error.Message, StringComparison.Ordinal);
        await Jobs.Remote.WasCancelledAsync("late").WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_deadline_of_code_that_takes_no_token_says_that_it_may_go_on()
    {
        await Jobs.Remote.ProcessIdAsync(); // the worker is there: its start is none of the time
        var error = await Assert.ThrowsAsync<RemoteTimeoutException>(
            () => Jobs.Remote.With(new RemoteOptions { Timeout = Deadline }).WasCancelledAsync("nobody waits for this"));
        Assert.StartsWith("'Jobs.WasCancelledAsync' did not end within 2 s (call ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(
            "Its code takes no CancellationToken and may go on until it ends: let it take one, or raise the limit (RemoteOptions.Timeout, or Runhouse:Calls:Timeout for every call).",
            error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    [Acceptance(20)]
    public async Task A_cyclic_graph_is_an_error_that_names_the_path_and_the_connection_lives_on()
    {
        int before = await Jobs.Remote.ProcessIdAsync();
        var node = new Node { Value = 1 };
        node.Next = new Node { Next = node };
        var error = await Assert.ThrowsAsync<RemoteSerializationException>(() => Jobs.Remote.WeighAsync(node));
        Assert.StartsWith("node.Next", error.MemberPath, StringComparison.Ordinal);
        Assert.Equal(before, await Jobs.Remote.ProcessIdAsync());
    }

    [Fact]
    [Acceptance(20)]
    public async Task A_stack_deep_graph_is_an_error_that_names_the_path_and_the_connection_lives_on()
    {
        int before = await Jobs.Remote.ProcessIdAsync();
        var node = new Node();
        for (int i = 0; i < 100_000; i++)
            node = new Node { Next = node };
        var error = await Assert.ThrowsAsync<RemoteSerializationException>(() => Jobs.Remote.WeighAsync(node));
        Assert.StartsWith("node.Next", error.MemberPath, StringComparison.Ordinal);
        Assert.Equal(before, await Jobs.Remote.ProcessIdAsync());
    }

    [Fact]
    [Acceptance(20)]
    public async Task An_argument_over_the_size_limit_is_an_error_that_names_it()
    {
        var error = await Assert.ThrowsAsync<RemoteSerializationException>(() => Jobs.Remote.EchoAsync(new byte[(1 << 30) + 1]));
        Assert.Equal("bytes", error.MemberPath);
        Assert.Equal(3, await Jobs.Remote.AddSynchronouslyAsync(1, 2));
    }

    [Fact]
    [Acceptance(9)]
    public async Task A_call_the_deployed_contract_does_not_know_is_an_error_at_once()
    {
        // What a caller of another build sends: a member that this worker's build does not have.
        var member = new Protocol.Generated.RemoteMethod<int>(4711, "Jobs.VanishedAsync", 1, static (ref Protocol.Generated.WireReader reader) => reader.ReadInt32());
        var placement = new RemotePlacement(Protocol.Generated.RemoteContracts.Find(typeof(Jobs).Assembly.GetName().Name!)!, Resources.None);
        Protocol.Generated.OutgoingCall<int> call = placement.Functions.Begin(member);
        Protocol.Generated.WireWriter writer = call.BeginArguments();
        ValueTask<int> reply = call.SendAsync(ref writer, CancellationToken.None);
        var error = await Assert.ThrowsAsync<ContractMismatchException>(async () => await reply);
        Assert.Contains("Jobs.VanishedAsync", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_that_crashes_between_calls_fails_none_and_its_caller_is_told()
    {
        int before = await Jobs.Remote.ProcessIdAsync();
        (_, string[] beside) = await host.CallerAsync("process-id");
        (int exitCode, string[] lines) = await host.CallerOfAnotherBuildAsync("crash-between-calls");
        Assert.Equal(0, exitCode);
        Assert.Contains("warned", lines);
        Assert.Contains("next call: another worker", lines);

        // The workers of the programs beside it have noticed nothing.
        Assert.Equal(before, await Jobs.Remote.ProcessIdAsync());
        Assert.Equal(beside, (await host.CallerAsync("process-id")).Lines);
    }

    [Fact]
    public async Task A_host_that_is_taken_down_between_calls_is_no_misfortune()
    {
        string home = Path.Combine(host.Home, "down-between-calls");
        (int exitCode, string[] lines) = await host.CallerInAsync(new() { ["RUNHOUSE_HOME"] = home }, "down-between-calls");
        Assert.Equal((0, "silent"), (exitCode, lines[^1]));
    }
}
