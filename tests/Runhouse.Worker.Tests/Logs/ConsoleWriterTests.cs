using System.Text;
using Runhouse.Protocol.Connections;
using Runhouse.Worker.Logs;

namespace Runhouse.Worker.Tests.Logs;

public sealed class ConsoleWriterTests : IDisposable
{
    private readonly MemoryStream _worker = new();
    private readonly AsyncLocal<Call?> _current = new();
    private readonly ConsoleWriter _writer;

    public ConsoleWriterTests() => _writer = new ConsoleWriter(LogSource.StandardOutput, new WorkerLog(_worker), () => _current.Value);

    private string WorkerLines => Encoding.UTF8.GetString(_worker.ToArray());

    public void Dispose()
    {
        _writer.Dispose();
        _worker.Dispose();
    }

    [Fact]
    public void Lines_of_calls_that_write_in_turns_do_not_mix()
    {
        var (first, second) = (new Call(), new Call());

        _current.Value = first;
        _writer.Write("fir");
        _current.Value = second;
        _writer.Write("sec");
        _writer.WriteLine("ond");
        _current.Value = first;
        _writer.WriteLine("st");

        Assert.Equal(["first"], first.Received);
        Assert.Equal(["second"], second.Received);
        Assert.Equal("second\nfirst\n", WorkerLines);
    }

    [Fact]
    public void Text_with_several_lines_is_cut_and_the_rest_waits_for_the_end_of_the_call()
    {
        var call = _current.Value = new Call();

        _writer.Write("one\r\ntwo\n\nthr");
        Assert.Equal(["one", "two", ""], call.Received);
        _writer.Flush(call.Buffer, call);

        Assert.Equal(["one", "two", "", "thr"], call.Received);
    }

    [Fact]
    public void What_is_written_outside_any_call_goes_to_the_workers_log_alone()
    {
        _writer.WriteLine(42);

        Assert.Equal("42\n", WorkerLines);
    }

    [Fact]
    public async Task A_call_whose_caller_takes_no_lines_holds_up_no_other()
    {
        using var taking = new ManualResetEventSlim();
        var (slow, other) = (new Call { Taking = taking }, new Call());
        _current.Value = slow;
        Task writing = Task.Run(() => _writer.WriteLine("slow"), TestContext.Current.CancellationToken);
        await slow.Writing.Task;

        _current.Value = other;
        _writer.WriteLine("other");

        Assert.Equal(["other"], other.Received);
        Assert.Empty(slow.Received);
        taking.Set();
        await writing;
        Assert.Equal(["slow"], slow.Received);
    }

    [Fact]
    public void A_line_that_never_ends_is_sent_in_pieces_and_loses_nothing()
    {
        var call = _current.Value = new Call();

        for (int i = 0; i < 1000; i++)
            _writer.Write(new string('x', 100));
        _writer.WriteLine();

        Assert.True(call.Received.Count > 1);
        Assert.Equal(100_000, call.Received.Sum(line => line.Length));
    }

    private sealed class Call : ICallLog
    {
        public LineBuffer Buffer { get; } = new();

        public List<string> Received { get; } = [];

        public ManualResetEventSlim? Taking { get; init; }

        public TaskCompletionSource Writing { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Write(LogSource source, int level, string category, ReadOnlySpan<char> line)
        {
            Writing.TrySetResult();
            Taking?.Wait();
            Received.Add(line.ToString());
        }

        public LineBuffer? Lines(LogSource source) => Buffer;
    }
}
