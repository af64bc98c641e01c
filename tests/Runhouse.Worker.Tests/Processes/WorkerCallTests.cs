using Runhouse.Integration;
using Runhouse.Protocol;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;
using Runhouse.Worker.TestApp;

namespace Runhouse.Worker.Tests.Processes;

public sealed class WorkerCallTests
{
    // More than a machine with much else to do takes a thread away from a call that has just begun, which would be taken for a hang.
    private static readonly WireLimits ShortGrace = WireLimits.Default with { HangGraceSeconds = 5 };

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Blocking_calls_overlap()
    {
        await using var worker = await WorkerUnderTest.ServingAsync();
        await using var connection = await worker.ConnectAsync();

        // Each blocks until all five are running.
        int[] threads = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => connection.CallAsync(AppContract.MeetBlocking)));

        Assert.Equal(5, threads.Distinct().Count());
    }

    [Fact]
    public async Task A_member_that_blocks_after_many_short_calls_holds_up_no_other()
    {
        await using var worker = await WorkerUnderTest.ServingAsync();
        await using var connection = await worker.ConnectAsync();
        for (int i = 0; i < 300; i++)
            await connection.CallAsync(AppContract.Gate, 0);

        var blocked = connection.CallAsync(AppContract.Gate, 1);
        try
        {
            await connection.CallAsync(AppContract.Gate, 0);
        }
        catch (WorkerLostException lost)
        {
            // Why it ended is in what it wrote, if anywhere.
            Assert.Fail($"{lost.Message} The worker wrote:\n{worker.Log}");
        }

        Assert.False(blocked.IsCompleted);

        await connection.CallAsync(AppContract.Gate, 2);
        Assert.Equal(1, await blocked);
    }

    [Fact]
    public async Task A_limit_of_one_runs_one_call_at_a_time()
    {
        await using var worker = await WorkerUnderTest.ServingAsync();
        await using var connection = await worker.ConnectAsync();

        int[] most = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => connection.CallAsync(AppContract.OneAtATime)));

        Assert.All(most, count => Assert.Equal(1, count));
    }

    [Fact]
    public async Task Each_line_reaches_the_call_that_wrote_it_once_and_before_its_result()
    {
        await using var worker = await WorkerUnderTest.ServingAsync();
        var lines = new List<LogRecord>();
        await using var connection = await worker.ConnectAsync(record =>
        {
            lock (lines)
                lines.Add(record);
        });

        // Many at a time: lines that end with their call are written by other threads than those that user code writes itself.
        await Task.WhenAll(Enumerable.Range(0, 64).Select(async number =>
        {
            await connection.CallAsync(AppContract.Write, number);
            string[] expected = [.. Enumerable.Range(0, 20).Select(i => $"{number}:{i}"), $"{number}:error", $"{number}:last"];
            lock (lines)
            {
                ulong id = lines.First(line => line.Text == $"{number}:0").CallId;
                Assert.Equal(expected, lines.Where(line => line.CallId == id).Select(line => line.Text));
            }
        }));
    }

    [Fact]
    public async Task Remote_code_knows_its_call_and_its_place()
    {
        await using var worker = await WorkerUnderTest.ServingAsync();
        await using var connection = await worker.ConnectAsync();

        Assert.Equal(
            "host-1/worker-1/True/True/False/True/Runhouse.Worker.TestApp", await connection.CallAsync(AppContract.DescribeContext));
    }

    [Fact]
    public async Task A_call_is_cancelled_by_its_caller()
    {
        await using var worker = await WorkerUnderTest.ServingAsync();
        var waiting = new TaskCompletionSource();
        await using var connection = await worker.ConnectAsync(record => waiting.TrySetResult());
        using var cancel = new CancellationTokenSource();
        var call = connection.CallAsync(AppContract.WaitForCancellation, cancellationToken: cancel.Token);
        await waiting.Task;

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task A_call_that_waits_behind_its_deadline_is_noted_and_left_alone()
    {
        await using var worker = await WorkerUnderTest.ServingAsync(ShortGrace);
        await using var connection = await worker.ConnectAsync();

        await Assert.ThrowsAsync<RemoteTimeoutException>(() => connection.CallWithinAsync(AppContract.Stay, TimeSpan.FromSeconds(2)));

        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        using var patience = new CancellationTokenSource(Patience);
        while (!worker.Log.Contains("of 'Jobs.StayAsync' has not ended", StringComparison.Ordinal))
            await timer.WaitForNextTickAsync(patience.Token);
        Assert.DoesNotContain("Worker hung", worker.Log, StringComparison.Ordinal);
        Assert.Contains("worker-1", await connection.CallAsync(AppContract.DescribeContext), StringComparison.Ordinal);
    }

    [Theory]
    [Acceptance(45)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_that_goes_on_when_nobody_waits_for_it_counts_no_longer_behind_the_grace_period_and_holds_up_no_drain(bool keepsThread)
    {
        await using var worker = await WorkerUnderTest.ServingAsync(ShortGrace);
        await using var connection = await worker.ConnectAsync();
        using var giveUp = new CancellationTokenSource();
        Task call = keepsThread
            ? connection.CallAsync(AppContract.Gate, 1, cancellationToken: giveUp.Token)
            : connection.CallAsync(AppContract.Stay, cancellationToken: giveUp.Token);
        await LoadAsync(worker, calls: 1);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);

        await LoadAsync(worker, calls: 0);

        // It has not ended, and others that end are counted as before.
        Assert.Contains("worker-1", await connection.CallAsync(AppContract.DescribeContext), StringComparison.Ordinal);
        await worker.SendAsync(new DrainWorker());
        Assert.Equal(0, await worker.ExitAsync().WaitAsync(Patience));
    }

    [Fact]
    public async Task A_call_that_ends_behind_the_grace_period_is_not_counted_twice()
    {
        await using var worker = await WorkerUnderTest.ServingAsync(ShortGrace);
        await using var connection = await worker.ConnectAsync();
        using var giveUp = new CancellationTokenSource();
        Task call = connection.CallAsync(AppContract.Gate, 1, cancellationToken: giveUp.Token);
        await LoadAsync(worker, calls: 1);
        await giveUp.CancelAsync();
        await LoadAsync(worker, calls: 0);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);

        // Opens the gate: from here on the first one ends.
        await connection.CallAsync(AppContract.Gate, 2);
        using var again = new CancellationTokenSource();
        Task[] next = [.. Enumerable.Range(0, 2).Select(_ => connection.CallAsync(AppContract.Stay, cancellationToken: again.Token))];
        await LoadAsync(worker, calls: 2);
        await again.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(next));
    }

    [Fact]
    [Acceptance(16)]
    public async Task A_missing_assembly_is_named_with_the_one_that_needs_it()
    {
        await using var worker = await WorkerUnderTest.ServingAsync("CsCheck.dll");
        await using var connection = await worker.ConnectAsync();

        var error = await Assert.ThrowsAsync<DeploymentException>(() => connection.CallAsync(AppContract.UseMissingAssembly));

        Assert.Contains("CsCheck", error.Message, StringComparison.Ordinal);
        Assert.Contains("Runhouse.Worker.TestApp", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Acceptance(16)]
    public async Task A_missing_native_library_is_named_with_the_assembly_that_needs_it()
    {
        await using var worker = await WorkerUnderTest.ServingAsync();
        await using var connection = await worker.ConnectAsync();

        var error = await Assert.ThrowsAsync<DeploymentException>(() => connection.CallAsync(AppContract.UseMissingLibrary));

        Assert.Contains("native library notthere", error.Message, StringComparison.Ordinal);
        Assert.Contains("Runhouse.Worker.TestApp", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exception_of_the_framework_arrives_as_itself()
    {
        await using var worker = await WorkerUnderTest.ServingAsync();
        await using var connection = await worker.ConnectAsync();

        var error = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => connection.CallAsync(AppContract.Fail));

        Assert.Contains("must be positive", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_member_or_another_shape_of_one_says_to_redeploy()
    {
        await using var worker = await WorkerUnderTest.ServingAsync();
        await using var connection = await worker.ConnectAsync();

        var unknown = await Assert.ThrowsAsync<ContractMismatchException>(() => connection.CallAsync(AppContract.Unknown));
        var other = await Assert.ThrowsAsync<ContractMismatchException>(() => connection.CallAsync(AppContract.FailOfAnotherShape));

        Assert.Contains("Redeploy", unknown.Message, StringComparison.Ordinal);
        Assert.Contains("Jobs.Fail", other.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_constructors_body_that_cannot_be_read_is_its_own_callers_error()
    {
        await using var worker = await WorkerUnderTest.ServingAsync();
        await using var connection = await worker.ConnectAsync();

        // A number where the object's name is due; the constructor itself reads nothing.
        await Assert.ThrowsAsync<RemoteSerializationException>(() => connection.CallAsync(AppContract.NewDefaultCounter, 5));

        Assert.NotEqual(0UL, await connection.ConstructAsync(AppContract.NewCounter, 40));
    }

    [Fact]
    public async Task An_object_lives_until_its_handle_is_closed()
    {
        await using var worker = await WorkerUnderTest.ServingAsync();
        await using var connection = await worker.ConnectAsync();
        ulong counter = await connection.ConstructAsync(AppContract.NewCounter, 40);

        Assert.Equal(42, await connection.CallAsync(AppContract.Add, 2, counter));
        await connection.ReleaseAsync(counter, delete: false, default);

        await Assert.ThrowsAsync<RemoteNotFoundException>(() => connection.CallAsync(AppContract.Add, 1, counter));
    }

    [Fact]
    public async Task A_name_is_asked_of_the_host_and_a_conflict_disposes_the_instance()
    {
        await using var worker = await WorkerUnderTest.ServingAsync();
        await using var connection = await worker.ConnectAsync();

        var first = connection.ConstructAsync(AppContract.NewCounter, 1, "counter-1");
        var request = await worker.ReceiveAsync<ReserveName>();
        Assert.Equal(("counter-1", typeof(Counter).FullName), (request.Name, request.TypeName));
        await worker.SendAsync(new NameReservation(request.RequestId, null));
        Assert.Equal(request.ObjectId, await first);

        var second = connection.ConstructAsync(AppContract.NewCounter, 2, "counter-1");
        request = await worker.ReceiveAsync<ReserveName>();
        await worker.SendAsync(new NameReservation(request.RequestId, "counter-1 is taken"));
        var conflict = await Assert.ThrowsAsync<NameInUseException>(() => second);

        Assert.Contains("counter-1 is taken", conflict.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<RemoteNotFoundException>(() => connection.CallAsync(AppContract.Add, 1, request.ObjectId));
    }

    [Fact]
    public async Task Calls_that_waited_for_an_object_run_when_it_is_let_go_though_nothing_more_comes_over_their_connection()
    {
        await using var worker = await WorkerUnderTest.ServingAsync();
        await using var connection = await worker.ConnectAsync();
        Task<ulong> constructing = connection.ConstructAsync(AppContract.NewKeptCounter, 0, "kept");
        await worker.SendAsync(new NameReservation((await worker.ReceiveAsync<ReserveName>()).RequestId, Error: null));
        ulong id = await constructing;

        // The worker keeps its state whenever it has changed; the test is its host and says that it has it.
        await worker.SendAsync(new HoldObject(1, id, PatienceSeconds: 60, IsFinal: false));
        while (await worker.ReceiveAsync() is var message && message is not ObjectHeld { Error: null })
        {
            if (message is KeepState state)
                await worker.SendAsync(new StateKept(state.RequestId, Error: null));
        }

        Task<int>[] waiting = [.. Enumerable.Range(0, 3).Select(_ => connection.CallAsync(AppContract.AddKept, 1, id))];
        Assert.Equal(0, await connection.CallAsync(AppContract.Gate, 0));
        Assert.All(waiting, static call => Assert.False(call.IsCompleted));
        await worker.SendAsync(new LetObjectGo(id, HasMoved: false));

        // The connection has no keep-alive, behind which they would run as well.
        int[] sums = await Task.WhenAll(waiting).WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal([1, 2, 3], sums.Order());
    }

    [Fact]
    public async Task A_caller_of_another_build_is_told_which_named_object_its_call_missed()
    {
        await using var worker = await WorkerUnderTest.ServingAsync();
        await using var connection = await worker.ConnectAsync();
        var created = connection.ConstructAsync(AppContract.NewCounter, 1, "counter-of-old");
        var request = await worker.ReceiveAsync<ReserveName>();
        await worker.SendAsync(new NameReservation(request.RequestId, null));

        ulong counter = await created;
        var error = await Assert.ThrowsAsync<ContractMismatchException>(() => connection.CallAsync(AppContract.Unknown, 0, counter));
        Assert.Contains("'counter-of-old'", error.Message, StringComparison.Ordinal);
        Assert.Contains("NameConflict.Replace", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Draining_finishes_the_calls_in_flight_and_ends()
    {
        await using var worker = await WorkerUnderTest.ServingAsync();
        await using var connection = await worker.ConnectAsync();
        var calls = Enumerable.Range(0, 4).Select(_ => connection.CallAsync(AppContract.MeetBlocking)).ToList();
        calls.Add(connection.CallAsync(AppContract.MeetBlocking));

        await Task.WhenAll(calls);
        await worker.SendAsync(new DrainWorker());

        Assert.Equal(0, await worker.ExitAsync());
    }

    private static async Task LoadAsync(WorkerUnderTest worker, int calls)
    {
        while ((await worker.ReceiveAsync<WorkerLoad>().WaitAsync(Patience)).Calls != calls)
            continue;
    }
}
