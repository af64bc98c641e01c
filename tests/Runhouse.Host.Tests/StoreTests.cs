using CsCheck;
using Runhouse.Host.Calls;
using Runhouse.Host.Hosting;
using Runhouse.Host.Storage;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests;

/// <summary>What a host keeps over its own end.</summary>
public sealed class StoreTests : IDisposable
{
    private const string Id = "0123456789abcdef";

    private readonly HostFolders _folders = new(TestHost.NewSettings().Home);
    private readonly Microsoft.Extensions.Time.Testing.FakeTimeProvider _time = new();
    private readonly List<string> _log = [];
    private HostStore _store;

    public StoreTests()
    {
        _folders.Create();
        _store = NewStore();
    }

    private CallTable Table => new(_store, _folders, _time);

    public void Dispose()
    {
        _store.Dispose();
        Directory.Delete(_folders.Home, recursive: true);
    }

    [Fact]
    public void Nothing_is_written_before_something_is_kept()
    {
        Assert.Empty(Table.All());
        Table.RemoveExpired();
        Assert.False(File.Exists(_folders.StoreFile));
    }

    [Fact]
    public void A_call_is_recorded_once_and_found_by_the_next_host()
    {
        Assert.True(Table.TryAdd(Id, Call(), "ada", "App", [1, 2, 3]));
        if (!OperatingSystem.IsWindows())
            Assert.All(Directory.GetFiles(_folders.Home, "host.db*"), static file => Assert.Equal(HostFolders.PrivateFile, File.GetUnixFileMode(file)));
        Assert.False(Table.TryAdd(Id, Call() with { Member = "other" }, "bob", "App", [4]));
        Reopen();
        StoredCall found = Assert.Single(Table.All());
        Assert.Equal(("Jobs.Run()", "ada", CallState.Waiting), (found.Status.Member, found.Status.Caller, found.Status.State));
        Assert.Equal([1, 2, 3], Table.Arguments(Id));
        Assert.True(Table.TryStart(Id, "w-1"));
        Assert.Equal(1, Table.Find(Id)!.Status.Attempts);
    }

    [Fact]
    public void A_call_ends_once_and_is_forgotten_when_its_time_is_over()
    {
        byte[] large = new byte[1 << 20];
        large[^1] = 7;
        Table.TryAdd(Id, Call(), "ada", "App", large);
        Assert.Equal(large, Table.Arguments(Id));
        Assert.True(Table.TryEnd(Id, CallState.Completed, CallOutcome.Result, large));
        Assert.False(Table.TryEnd(Id, CallState.Cancelled, cancelledBy: "bob"));
        Assert.False(Table.TryStart(Id, "w-1"));
        Reopen();
        Assert.Equal((CallOutcome.Result, large), Table.Outcome(Id));
        if (!OperatingSystem.IsWindows())
            Assert.All(Directory.GetFiles(_folders.Calls), static file => Assert.Equal(HostFolders.PrivateFile, File.GetUnixFileMode(file)));
        _time.Advance(TimeSpan.FromSeconds(9));
        Table.RemoveExpired();
        Assert.NotNull(Table.Find(Id));
        _time.Advance(TimeSpan.FromSeconds(1));
        Table.RemoveExpired();
        Assert.Null(Table.Find(Id));
        Assert.Empty(Directory.GetFiles(_folders.Calls));
    }

    [Fact]
    public void A_damaged_store_is_set_aside_with_a_line_in_the_log_and_another_one_begun()
    {
        Table.TryAdd(Id, Call(), "ada", "App", []);
        _store.Dispose();
        File.WriteAllText(_folders.StoreFile, string.Concat(Enumerable.Repeat("no database. ", 1000)));
        _store = NewStore();
        Assert.Empty(Table.All());
        string line = Assert.Single(_log, static line => line.Contains("is damaged", StringComparison.Ordinal));
        string aside = Assert.Single(Directory.GetFiles(_folders.Home, "host.db.damaged-*"));
        Assert.Contains(aside, line, StringComparison.Ordinal);
        Assert.StartsWith("no database", File.ReadAllText(aside), StringComparison.Ordinal);
        Assert.True(Table.TryAdd(Id, Call(), "ada", "App", []));
    }

    [Fact]
    public void A_store_of_a_newer_host_is_refused_and_stays_as_it_is()
    {
        Table.TryAdd(Id, Call(), "ada", "App", []);
        _store.Use(static connection => HostStore.Execute(connection, "PRAGMA user_version = 99"));
        Reopen();
        var refusal = Assert.Throws<HostRefusal>(() => Table.All());
        Assert.Contains("newer host", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folders.Home, "host.db.damaged-*"));
    }

    [Fact]
    public async Task What_a_call_writes_that_cannot_be_kept_is_counted_and_ends_nothing()
    {
        static CallEvent Line(long number) => new() { Number = number, Time = DateTimeOffset.UnixEpoch, Line = "line" };

        // A file in place of the folder is as good as a full disk: nothing can be written there, by root either.
        File.WriteAllText(_folders.Calls, "");
        using var events = new CallEvents(_folders.CallFile(Id, "events"));
        events.Add(Line);
        events.Add(Line);
        Assert.Equal(2, events.Dropped.Count);
        File.Delete(_folders.Calls);
        events.Add(Line);
        events.Dispose();
        Assert.Equal([1], await NumbersAsync(events));
        Assert.Equal(2, events.Dropped.Count);
    }

    [Fact]
    public void What_a_call_wrote_is_kept_in_order_within_its_bounds_whoever_reads_along()
    {
        // Of any sizes, read while they are written, by readers who come at any time: each sees a run of numbers without gaps or repetitions, up to the last.
        Gen.Int[1, 400].Array[1, 200].Sample(sizes => ReadAlongAsync(sizes).GetAwaiter().GetResult(), iter: 30);
    }

    private async Task ReadAlongAsync(int[] sizes)
    {
        string path = Path.Combine(_folders.Calls, Guid.NewGuid().ToString("N") + ".events");
        var events = new CallEvents(path, maxBytes: 8192);
        var readers = new List<Task<List<long>>>();
        for (int i = 0; i < sizes.Length; i++)
        {
            if (i % 50 == 0)
                readers.Add(NumbersAsync(events));
            string text = new('x', sizes[i]);
            events.Add(number => new CallEvent { Number = number, Time = DateTimeOffset.UnixEpoch, Line = text });
        }

        events.Dispose();
        await Task.WhenAll(readers);
        using var again = new CallEvents(path, maxBytes: 8192);
        again.Add(static number => new CallEvent { Number = number, Time = DateTimeOffset.UnixEpoch, Line = "another host" });
        again.Dispose();
        readers.Add(NumbersAsync(again));
        foreach (List<long> numbers in await Task.WhenAll(readers))
        {
            Assert.NotEmpty(numbers);
            Assert.Equal(numbers.Distinct().Order(), numbers);
        }

        Assert.All(readers.SkipLast(1), reader => Assert.Equal(sizes.Length, reader.Result[^1]));
        Assert.Equal(sizes.Length + 1, readers[^1].Result[^1]);
        Assert.True(Directory.GetFiles(_folders.Calls, Path.GetFileName(path) + "*").Sum(static file => new FileInfo(file).Length) <= 2 * 8192);
    }

    private static async Task<List<long>> NumbersAsync(CallEvents events)
    {
        var numbers = new List<long>();
        await foreach (string line in events.ReadAsync(0, follow: true, TestContext.Current.CancellationToken))
            numbers.Add(System.Text.Json.JsonSerializer.Deserialize(line, ControlJson.Default.CallEvent)!.Number);
        return numbers;
    }

    private static DetachedCall Call() => new() { Member = "Jobs.Run()", MethodId = ulong.MaxValue, Deployment = "d", RetentionSeconds = 10 };

    private HostStore NewStore() => new(_folders, _time, new LineLogger(_log));

    private void Reopen()
    {
        _store.Dispose();
        _store = NewStore();
    }

    private sealed class LineLogger(List<string> lines) : Microsoft.Extensions.Logging.ILogger<HostStore>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(Microsoft.Extensions.Logging.LogLevel logLevel) => true;

        public void Log<TState>(
            Microsoft.Extensions.Logging.LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => lines.Add(formatter(state, exception));
    }
}
