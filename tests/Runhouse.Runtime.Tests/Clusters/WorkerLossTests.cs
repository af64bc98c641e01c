using Runhouse.Protocol.Control;
using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Tests.Clusters;

public class WorkerLossTests
{
    private static readonly HostAddress Host = new(new Uri("http://127.0.0.1:1/"), "t", "h", "local");

    [Theory]
    [InlineData(null, 9, "", WorkerLossReason.Killed)]
    [InlineData(137, null, "", WorkerLossReason.Killed)]
    [InlineData(134, null, "Out of memory.", WorkerLossReason.OutOfMemory)]
    [InlineData(null, 6, "Unhandled exception. System.OutOfMemoryException: Exception of type 'System.OutOfMemoryException' was thrown.", WorkerLossReason.OutOfMemory)]
    [InlineData(null, 6, "Process terminated. FailFast", WorkerLossReason.Crashed)]
    [InlineData(null, 6, "Unhandled exception. System.InvalidOperationException: CUDA out of memory", WorkerLossReason.Crashed)]
    [InlineData(134, null, "warning: handled a System.OutOfMemoryException, going on", WorkerLossReason.Crashed)]
    [InlineData(3, null, "Out of memory.", WorkerLossReason.Crashed)]
    [InlineData(null, 11, "", WorkerLossReason.Crashed)]
    [InlineData(3, null, "bye", WorkerLossReason.Crashed)]
    public void The_end_of_the_process_says_why_the_worker_was_lost(int? exitCode, int? signal, string line, WorkerLossReason reason)
    {
        var status = new WorkerStatus
        {
            Id = "w1",
            ProcessId = 42,
            State = WorkerState.Ended,
            ExitCode = exitCode,
            Signal = signal,
            LastOutput = line.Length == 0 ? [] : [line],
        };

        var lost = Assert.IsType<WorkerLostException>(WorkerLoss.Describe(status, Host, cause: null));
        Assert.Equal(reason, lost.Reason);
        Assert.Contains(line, lost.Message, StringComparison.Ordinal);
        Assert.Equal(status.LastOutput, lost.LastOutput);
        Assert.EndsWith("new calls and objects get a new worker.", lost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_code_has_written_before_the_runtimes_report_is_not_taken_for_it()
    {
        var status = new WorkerStatus { Id = "w1", ProcessId = 42, State = WorkerState.Ended, Signal = 6, LastOutput = ["Out of memory.", "Process terminated. It went wrong.", "   at App.Jobs.Run()"] };

        Assert.Equal(WorkerLossReason.Crashed, Assert.IsType<WorkerLostException>(WorkerLoss.Describe(status, Host, cause: null)).Reason);
    }

    [Fact]
    public void A_worker_that_hung_is_not_taken_for_one_that_somebody_killed()
    {
        var status = new WorkerStatus
        {
            Id = "w1",
            ProcessId = 42,
            State = WorkerState.Ended,
            Signal = 9,
            Hang = "'App.Jobs.Spin()' (call w1/7) goes on 30 s after its deadline",
            LastOutput = ["Worker hung: ...", "Thread 43 'Runhouse call 1'", "   at App.Jobs.Spin()"],
        };

        var lost = Assert.IsType<WorkerLostException>(WorkerLoss.Describe(status, Host, cause: null));
        Assert.Equal((WorkerLossReason.Hung, null, 9), (lost.Reason, lost.ExitCode, lost.Signal));
        Assert.Contains(status.Hang, lost.Message, StringComparison.Ordinal);
        Assert.Contains("   at App.Jobs.Spin()", lost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_worker_that_the_kernel_ended_for_its_memory_says_limit_and_peak()
    {
        var status = new WorkerStatus
        {
            Id = "w1",
            ProcessId = 42,
            State = WorkerState.Ended,
            Signal = 9,
            IsOutOfMemory = true,
            MemoryLimitBytes = 2L << 30,
            MemoryPeakBytes = 2047L << 20,
        };

        var lost = Assert.IsType<WorkerLostException>(WorkerLoss.Describe(status, Host, cause: null));
        Assert.Equal((WorkerLossReason.OutOfMemory, 2L << 30, 2047L << 20), (lost.Reason, lost.MemoryLimitBytes, lost.MemoryPeakBytes));
        Assert.Contains("ran out of memory: it had up to 2047 MiB of the 2048 MiB that it may have", lost.Message, StringComparison.Ordinal);
        Assert.Contains("Needing", lost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_worker_that_was_ended_by_command_sends_nobody_to_the_kernels_log_or_its_output()
    {
        var status = new WorkerStatus { Id = "w1", ProcessId = 42, State = WorkerState.Ended, Signal = 9, IsEndedOnRequest = true, LastOutput = ["working"] };

        var lost = Assert.IsType<WorkerLostException>(WorkerLoss.Describe(status, Host, cause: null));
        Assert.Equal(WorkerLossReason.Killed, lost.Reason);
        Assert.EndsWith("was ended by command (runhouse kill). New calls and objects get a new worker.", lost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_crash_shows_where_its_report_begins()
    {
        string[] output = ["working", "Stack overflow.", .. Enumerable.Range(1, 40).Select(static frame => $"   at frame {frame}")];
        var status = new WorkerStatus { Id = "w1", ProcessId = 42, State = WorkerState.Ended, Signal = 6, LastOutput = output };

        string message = WorkerLoss.Describe(status, Host, cause: null).Message;
        Assert.Contains("Stack overflow.", message, StringComparison.Ordinal);
        Assert.Contains("frame 9\n", message, StringComparison.Ordinal);
        Assert.DoesNotContain("frame 10", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_cannot_be_asked_leaves_the_outcome_unknown()
    {
        await using var host = new FakeHost(_ => new FakeReply(500));
        using HostClient client = host.Client();

        Assert.IsType<OutcomeUnknownException>(await WorkerLoss.ExplainAsync(client, "w1", new IOException("reset")));
    }

    [Fact]
    public async Task A_host_whose_connections_were_cut_too_is_asked_again()
    {
        int asked = 0;
        await using var host = new FakeHost(_ => Interlocked.Increment(ref asked) < 3 ? FakeReply.Cut : new FakeReply(200, """{"id":"w1","processId":1,"state":"Ended","signal":9}"""));
        using HostClient client = host.Client();

        var error = Assert.IsType<WorkerLostException>(await WorkerLoss.ExplainAsync(client, "w1", new IOException("reset")));
        Assert.Equal(WorkerLossReason.Killed, error.Reason);
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("Nothing has come over the connection for a while, not even the answer to a ping.")]
    public void The_cause_of_a_loss_ends_with_one_full_stop(string cause)
    {
        var status = new WorkerStatus { Id = "w1", ProcessId = 42, State = WorkerState.Serving };

        string message = WorkerLoss.Describe(status, Host, new IOException(cause)).Message;
        Assert.Contains(cause.TrimEnd('.') + ". Whether", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_that_goes_on_means_that_only_the_connection_was_lost()
    {
        await using var host = new FakeHost(_ => new FakeReply(200, """{"id":"w1","processId":1,"state":"Serving"}"""));
        using HostClient client = host.Client();

        var error = Assert.IsType<OutcomeUnknownException>(await WorkerLoss.ExplainAsync(client, "w1", new IOException("reset")));
        Assert.Contains("reset", error.Message, StringComparison.Ordinal);
        Assert.Equal("/v1/workers/w1?wait=2", Assert.Single(host.Requests).Path);
    }
}
