using System.Diagnostics;
using Runhouse.Integration.App;

namespace Runhouse.Integration;

public sealed class ObjectTests(LocalHost host)
{
    [Fact]
    public async Task A_class_of_another_assembly_is_remote_without_a_change()
    {
        await using StopwatchRemote watch = await Stopwatch.RemoteAsync();
        await watch.StartAsync();
        Assert.True(await watch.GetIsRunningAsync());
        await watch.StopAsync();
        Assert.True(await watch.GetElapsedAsync() > TimeSpan.Zero);
    }

    [Fact]
    [Acceptance(2)]
    public async Task Objects_keep_their_state_and_do_not_share_it()
    {
        await using CounterRemote one = await Counter.RemoteAsync(10);
        await using CounterRemote other = await Counter.RemoteAsync();
        await one.IncrementAsync();
        Assert.Equal(12, await one.IncrementAsync());
        Assert.Equal(5, await other.IncrementAsync(5));
        Assert.Equal(8, await one.TwiceAsync(4));
        Assert.Equal(await one.GetProcessIdAsync(), await other.GetProcessIdAsync());
    }

    [Fact]
    [Acceptance(3)]
    public async Task A_property_is_read_and_set()
    {
        await using CounterRemote counter = await Counter.RemoteAsync();
        await counter.SetValueAsync(41);
        Assert.Equal(42, await counter.IncrementAsync());
        Assert.Equal(42, await counter.GetValueAsync());
    }

    [Fact]
    [Acceptance(3)]
    public async Task The_whole_object_is_fetched_if_it_can_travel()
    {
        await using SettingsRemote settings = await Settings.RemoteAsync();
        await settings.SetNameAsync("north");
        await settings.SetSizesAsync([1, 2, 3]);
        Settings fetched = await settings.FetchAsync();
        Assert.Equal("north", fetched.Name);
        Assert.Equal([1, 2, 3], fetched.Sizes);
    }

    [Fact]
    [Acceptance(13)]
    public async Task Closing_the_handle_of_an_anonymous_object_disposes_it()
    {
        int before = await Counter.Remote.CountDisposedAsync();
        CounterRemote counter = await Counter.RemoteAsync();
        await counter.DisposeAsync();
        await counter.DisposeAsync();
        await Eventually.IsTrueAsync(async () => await Counter.Remote.CountDisposedAsync() > before);
        var error = await Assert.ThrowsAsync<ObjectDisposedException>(async () => await counter.IncrementAsync());
        Assert.Contains("Create another one", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("CounterRemote", error.ObjectName, StringComparison.Ordinal);
    }

    [Fact]
    [Acceptance(13)]
    public async Task The_object_of_a_caller_that_died_is_disposed_after_the_lease()
    {
        (_, string[] before) = await host.CallerAsync("disposed");
        (int exitCode, string[] lines) = await host.CallerInAsync(
            new() { ["RUNHOUSE__Limits__SessionGraceSeconds"] = "1" }, "leave-object");
        Assert.NotEqual(0, exitCode);
        Assert.Contains("value 5", lines);
        await Eventually.IsTrueAsync(async () => (await host.CallerAsync("disposed")).Lines[^1] != before[^1]);
    }

    [Fact]
    [Acceptance(13)]
    public async Task A_caller_whose_program_has_ended_is_gone_before_its_grace_period_is_over()
    {
        // A host of its own, whose callers could come back for longer than anybody waits here.
        Dictionary<string, string> environment = new()
        {
            ["RUNHOUSE_HOME"] = Directory.CreateDirectory(Path.Combine(host.Home, "left-" + Guid.NewGuid().ToString("N")[..8])).FullName,
            ["RUNHOUSE__Limits__SessionGraceSeconds"] = "600",
        };
        (int exitCode, string[] lines) = await host.CallerInAsync(environment, "leave-call");
        Assert.Equal((0, "worker"), (exitCode, lines[^1].Split(' ')[0]));
        await Eventually.IsTrueAsync(async () => (await host.CallerInAsync(environment, "sessions")).Lines[^1] == "sessions 0");
        Assert.Equal(0, (await host.CallerInAsync(environment, "down")).ExitCode);
    }

    [Fact]
    [Acceptance(26)]
    public async Task A_named_object_is_reached_from_another_process_with_its_state()
    {
        await using CounterRemote counter = await Counter.Remote.Named("ticket-office").CreateAsync(100);

        // The other program is another build: its own deployment, the same contract.
        (int exitCode, string[] lines) = await host.CallerAsync("attach", "ticket-office");
        Assert.Equal(0, exitCode);
        Assert.Contains("value 110", lines);
        Assert.Equal(111, await counter.IncrementAsync());
        await counter.DeleteAsync();
    }

    [Fact]
    [Acceptance(26)]
    public async Task A_wrong_name_is_an_error_that_lists_near_names()
    {
        await using CounterRemote counter = await Counter.Remote.Named("station-clock").CreateAsync();
        var error = await Assert.ThrowsAsync<RemoteNotFoundException>(() => Counter.Remote.AttachAsync("station-clok"));
        Assert.Contains("station-clock", error.Message, StringComparison.Ordinal);
        await counter.DeleteAsync();
    }

    [Fact]
    public async Task A_named_object_outlives_its_handle_until_it_is_deleted()
    {
        await using (CounterRemote created = await Counter.Remote.Named("kept").CreateAsync(1))
            await created.IncrementAsync();
        await using CounterRemote attached = await Counter.Remote.AttachAsync("kept");
        Assert.Equal(2, await attached.GetValueAsync());
        await attached.DeleteAsync();
        await Assert.ThrowsAsync<RemoteNotFoundException>(() => Counter.Remote.AttachAsync("kept"));
    }

    [Fact]
    public async Task A_name_in_use_is_an_error_unless_the_object_is_replaced()
    {
        await using CounterRemote first = await Counter.Remote.Named("taken").CreateAsync(1);
        var error = await Assert.ThrowsAsync<NameInUseException>(() => Counter.Remote.Named("taken").CreateAsync(2));
        Assert.Contains("taken", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await first.GetValueAsync());

        await using CounterRemote second = await Counter.Remote.Named("taken", NameConflict.Replace).CreateAsync(3);
        await using CounterRemote attached = await Counter.Remote.AttachAsync("taken");
        Assert.Equal(3, await attached.GetValueAsync());
        await attached.DeleteAsync();
    }

    [Fact]
    public void A_name_that_no_host_would_take_is_refused_at_once()
    {
        Assert.Throws<ArgumentException>(() => Counter.Remote.Named(""));
        Assert.Throws<ArgumentException>(() => Counter.Remote.Named(new string('n', 300_000)));
        Assert.Throws<ArgumentException>(() => Counter.Remote.Named("line\nbreak"));
    }

    [Fact]
    [Acceptance(9)]
    public async Task Attaching_to_an_object_of_another_class_says_which_it_is()
    {
        await using CounterRemote counter = await Counter.Remote.Named("not-settings").CreateAsync();
        var error = await Assert.ThrowsAnyAsync<RemoteException>(() => Settings.Remote.AttachAsync("not-settings"));
        Assert.Contains("Counter", error.Message, StringComparison.Ordinal);
        await counter.DeleteAsync();
    }

    [Fact]
    [Acceptance(9)]
    public async Task A_call_of_an_object_that_was_deleted_is_not_found()
    {
        CounterRemote counter = await Counter.Remote.Named("gone").CreateAsync();
        CounterRemote attached = await Counter.Remote.AttachAsync("gone");
        await counter.DeleteAsync();
        var called = await Assert.ThrowsAsync<RemoteNotFoundException>(async () => await attached.IncrementAsync());
        Assert.StartsWith("'Runhouse.Integration.App.Counter.IncrementAsync(int)' was called on a remote object that is gone: ", called.Message, StringComparison.Ordinal);
        var read = await Assert.ThrowsAsync<RemoteNotFoundException>(async () => await attached.GetValueAsync());
        Assert.StartsWith("'Runhouse.Integration.App.Counter.Value' was read on a remote object that is gone: ", read.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_that_was_disposed_says_that_its_named_object_is_there()
    {
        CounterRemote counter = await Counter.Remote.Named("kept-" + Guid.NewGuid()).CreateAsync();
        await counter.DisposeAsync();
        var error = Assert.Throws<ObjectDisposedException>(() => { _ = counter.IncrementAsync(); });
        Assert.Contains($"the remote object '{counter.RemoteName}'", error.Message, StringComparison.Ordinal);
        Assert.Throws<ObjectDisposedException>(() => { _ = counter.DeleteAsync(); });
        await using CounterRemote again = await Counter.Remote.AttachAsync(counter.RemoteName!);
        await again.DeleteAsync();
    }

    [Fact]
    public async Task A_constructor_gets_services_from_the_worker()
    {
        await using GreeterRemote greeter = await Greeter.RemoteAsync("Ada");
        Assert.Equal("good morning, Ada", await greeter.GreetAsync());
    }
}
