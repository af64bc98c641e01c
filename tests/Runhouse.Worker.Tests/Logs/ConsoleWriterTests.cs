using System.Text;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Redaction;
using Runhouse.Worker.Logs;

namespace Runhouse.Worker.Tests.Logs;

public sealed class ConsoleWriterTests : IDisposable
{
    private readonly MemoryStream _worker = new();
    private readonly AsyncLocal<Call?> _current = new();
    private readonly ConsoleWriter _writer;

    private readonly WorkerLog _log;

    public ConsoleWriterTests()
    {
        _log = new WorkerLog(_worker);
        _writer = new ConsoleWriter(LogSource.StandardOutput, _log, () => _current.Value);
    }

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

    [Fact]
    public void A_secret_is_hidden_from_callers_and_log_however_it_is_written()
    {
        _log.Redactor = Redactor.Create(["secret-value"]);
        var call = _current.Value = new Call();

        _writer.Write("a sec");
        _writer.WriteLine("ret-value b");

        Assert.Equal(["a *** b"], call.Received);
        Assert.Equal("a *** b\n", WorkerLines);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(11)]
    [InlineData(12)]
    public void A_secret_where_a_long_line_is_cut_is_hidden_too(int before)
    {
        _log.Redactor = Redactor.Create(["secret-value"]);
        var call = _current.Value = new Call();

        _writer.WriteLine(new string('x', 32 * 1024 - before) + "secret-value" + new string('y', 40 * 1024));

        Assert.Equal(new string('x', 32 * 1024 - before) + "***" + new string('y', 40 * 1024), string.Concat(call.Received));
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
