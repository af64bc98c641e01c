using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Runhouse.Integration;

/// <summary>Named objects that keep their state, over the end of their worker and of their host; and those that do not. Each test has a host of its own, since that comes to harm.</summary>
public sealed class KeptObjectTests(LocalHost host) : IAsyncDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("rhi-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(HostFile))
            await KillHostAsync();
        Directory.Delete(_home, recursive: true);
    }

    private string HostFile => Path.Combine(_home, "local", "host.json");

    [Fact]
    [Acceptance(28)]
    public async Task An_object_has_the_state_of_its_last_call_after_its_host_was_stopped()
    {
        Assert.Equal(["Ada: one"], await RunAsync("ledger-create", "stopped", "one"));
        Assert.Equal(["Ada: one two", "Ada: one two three"], await RunAsync("ledger-add-and-stop", "stopped", "two", "three"));
        Assert.Equal(["Ada: one two three four"], await RunAsync("ledger-add-and-stop", "stopped", "four"));
        Assert.Equal(["restored 1"], await RunAsync("ledger-restored", "stopped"));
        Assert.Equal(["Ada: one two three four five"], await RunAsync("ledger-add", "stopped", "five"));
    }

    [Fact]
    [Acceptance(28)]
    public async Task An_object_has_the_state_that_was_kept_after_its_host_was_killed()
    {
        await RunAsync("ledger-create", "killed", "one");
        Assert.Equal(["Ada: one kept-before-the-end"], await RunAsync("ledger-add", "killed", "kept-before-the-end"));
        await KeptAsync("kept-before-the-end");
        await KillHostAsync();
        Assert.Equal(["Ada: one kept-before-the-end after"], await RunAsync("ledger-spawn", "killed", "after"));
    }

    [Fact]
    [Acceptance(28)]
    public async Task An_object_that_keeps_no_state_is_said_to_be_lost_with_its_host()
    {
        await RunAsync("create-named", "unkept", "1");
        await KeptAsync("unkept");
        await KillHostAsync();
        string lost = Assert.Single(await RunAsync("counter-attach", "unkept"));
        Assert.StartsWith("ObjectLostException: The remote object 'unkept' (Runhouse.Integration.App.Counter) was lost with its host", lost, StringComparison.Ordinal);
        Assert.Contains("Create it again", lost, StringComparison.Ordinal);
        Assert.Equal(["value 8"], await RunAsync("create-named", "unkept", "7"));
        Assert.Equal(["value 18"], await RunAsync("counter-attach", "unkept"));
    }

    [Fact]
    [Acceptance(18)]
    [Acceptance(28)]
    public async Task An_object_comes_back_when_its_worker_crashes_and_calls_in_flight_are_lost()
    {
        await RunAsync("ledger-create", "crashed", "kept-before-the-crash");
        await KeptAsync("kept-before-the-crash");
        Assert.Equal(
            ["the call that ended it is lost", "the call beside it is lost", "Ada: kept-before-the-crash after"],
            await RunAsync("ledger-survive", "crashed", Path.Combine(_home, "started")));
    }

    [Fact]
    public async Task A_state_over_the_limit_is_logged_and_the_object_is_lost_with_its_host_instead_of_going_back()
    {
        await RunAsync("hoard", "small", "1000");
        await RunAsync("hoard", "large", (17 << 20).ToString());
        string log = Path.Combine(_home, "local", "logs", "host.log");
        await Eventually.IsTrueAsync(async () => (await File.ReadAllTextAsync(log, Stop)).Contains("The state of the remote object 'large'", StringComparison.Ordinal));
        Assert.Contains("Runhouse:Limits:MaxStateBytes", await File.ReadAllTextAsync(log, Stop), StringComparison.Ordinal);
        await StopHostAsync();
        Assert.Equal(["attached"], await RunAsync("hoard-attach", "small"));
        string lost = Assert.Single(await RunAsync("hoard-attach", "large"));
        Assert.StartsWith("ObjectLostException: The remote object 'large' (Runhouse.Integration.App.Hoard) was lost", lost, StringComparison.Ordinal);
        Assert.Contains("its latest state was not kept: The state makes the state larger", lost, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Objects_that_block_when_they_are_to_give_their_state_hold_up_no_stop_of_their_host_which_says_what_becomes_of_them()
    {
        string file = Path.Combine(_home, "blocked");
        await RunAsync("clog", "given-before", file, "kept-in-time");
        await KeptAsync("kept-in-time");
        await RunAsync("ledger-create", "beside", "one");
        await File.WriteAllTextAsync(file, "", Stop);
        await RunAsync("clog", "never-given", file, "text");
        await StopHostAsync();
        string log = await File.ReadAllTextAsync(Path.Combine(_home, "local", "logs", "host.log"), Stop);
        Assert.Matches("The state of the remote object 'given-before' in worker [^ ]+ is not kept anew: it did not give its state within 5 s. The one behind its last call stays kept", log);
        Assert.Matches("The state of the remote object 'never-given' in worker [^ ]+ is not kept, and would be lost with the worker: it did not give its state within 5 s", log);
        Assert.Contains("'never-given' (Runhouse.Integration.App.Clog) is lost with its host, which was stopped", log, StringComparison.Ordinal);
        File.Delete(file);
        Assert.Equal(["kept-in-time again"], await RunAsync("clog-add", "given-before", " again"));
        Assert.Equal(["Ada: one two"], await RunAsync("ledger-add", "beside", "two"));
        string lost = Assert.Single(await RunAsync("clog-add", "never-given", " again"));
        Assert.StartsWith("ObjectLostException", lost, StringComparison.Ordinal);
        Assert.Contains("its latest state was not kept: it did not give its state within 5 s", lost, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_state_of_an_object_whose_calls_take_turns_is_taken_between_them()
    {
        Assert.Equal(["passed 300"], await RunAsync("turnstile", "turns", "300"));
        await StopHostAsync();
        Assert.Equal(["passed 301"], await RunAsync("turnstile-again", "turns"));
        Assert.DoesNotContain("a call is inside", await File.ReadAllTextAsync(Path.Combine(_home, "local", "logs", "host.log"), Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_is_taken_by_an_object_that_is_kept_until_it_is_deleted()
    {
        await RunAsync("ledger-create", "name", "one");
        await StopHostAsync();
        string taken = Assert.Single(await RunAsync("ledger-create", "name", "other"));
        Assert.StartsWith("NameInUseException: The name 'name' is taken by a Runhouse.Integration.App.Ledger whose state is kept", taken, StringComparison.Ordinal);
        Assert.Equal(["Ada: one two"], await RunAsync("ledger-add", "name", "two"));
        Assert.Empty(await RunAsync("ledger-delete", "name"));
        await StopHostAsync();
        Assert.StartsWith("RemoteNotFoundException: No remote object is named 'name'", Assert.Single(await RunAsync("ledger-add", "name", "three")), StringComparison.Ordinal);
    }

    private async Task<string[]> RunAsync(params string[] arguments)
    {
        (_, string[] lines) = await host.CallerInAsync(new() { ["RUNHOUSE_HOME"] = _home }, arguments);
        return lines;
    }

    // In the store's files is what a host that is killed leaves.
    private Task KeptAsync(string entry) => Eventually.IsTrueAsync(() => Task.FromResult(
        new[] { "host.db", "host.db-wal" }.Select(file => Path.Combine(_home, "local", file)).Any(file => File.Exists(file) && Contains(file, entry))));

    private static bool Contains(string file, string text)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
    }

    private int Pid => JsonDocument.Parse(File.ReadAllText(HostFile)).RootElement.GetProperty("pid").GetInt32();

    private async Task KillHostAsync()
    {
        int pid = Pid;
        try
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
        }
        catch (ArgumentException)
        {
            // It has ended.
        }

        await LocalHost.EndOfAsync(pid);
    }

    private async Task StopHostAsync()
    {
        int pid = Pid;
        await RunAsync("down");
        await LocalHost.EndOfAsync(pid);
    }
}
