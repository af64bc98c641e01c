using Microsoft.Extensions.DependencyInjection;
using Runhouse.Integration.App;

namespace Runhouse.Integration;

public sealed class InjectionTests(LocalHost host)
{
    [Fact]
    public async Task Injected_code_becomes_remote_without_a_change()
    {
        await using ServiceProvider services = new ServiceCollection().AddRunhouse().AddRemote<ITally, Tally>().Services.BuildServiceProvider();
        ITally tally = services.GetRequiredService<ITally>();
        Assert.Equal(1, await tally.CountAsync());
        Assert.Equal(2, await tally.CountAsync());
        Assert.NotEqual(Environment.ProcessId, await Assert.IsType<TallyRemote>(tally).GetProcessIdAsync());
    }

    [Fact]
    public async Task A_named_singleton_is_found_again_by_the_next_start_of_the_application()
    {
        string name = "tally-" + Guid.NewGuid();
        for (int start = 1; start <= 2; start++)
        {
            await using ServiceProvider services = new ServiceCollection()
                .AddRunhouse().AddRemote<ITally, Tally>(placement => placement.Named(name, NameConflict.Fail)).Services.BuildServiceProvider();
            Assert.Equal(start, await services.GetRequiredService<ITally>().CountAsync());
        }

        await using TallyRemote tally = await Tally.Remote.AttachAsync(name);
        await tally.DeleteAsync();
    }

    [Fact]
    public async Task A_singleton_that_is_still_being_created_goes_with_its_container()
    {
        ServiceProvider services = new ServiceCollection().AddRunhouse().AddRemote<ISlowStart, SlowStart>().Services.BuildServiceProvider();
        Task<int> call = services.GetRequiredService<ISlowStart>().CountAsync();
        await Eventually.IsTrueAsync(async () => await SlowStart.Remote.StartedAsync() == 1);

        await services.DisposeAsync();
        await SlowStart.Remote.OpenAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => call);
        await Eventually.IsTrueAsync(async () => await SlowStart.Remote.DisposedAsync() == 1);
    }

    [Fact]
    public async Task Plain_remote_calls_go_on_after_the_container_is_gone()
    {
        using (ServiceProvider services = new ServiceCollection().AddRunhouse().Services.BuildServiceProvider())
            Assert.NotNull(services.GetRequiredService<RunhouseOptions>());

        await using TallyRemote tally = await Tally.RemoteAsync();
        Assert.Equal(1, await tally.CountAsync());
    }

    [Fact]
    public async Task What_plain_code_started_while_a_container_was_there_goes_on_when_it_is_gone()
    {
        string key = Guid.NewGuid().ToString();
        TallyRemote tally;
        Task waiting;
        using (ServiceProvider services = new ServiceCollection().AddRunhouse().Services.BuildServiceProvider())
        {
            Assert.NotNull(services.GetRequiredService<RunhouseOptions>());
            tally = await Tally.RemoteAsync();
            waiting = Jobs.Remote.WasCancelledAsync(key);
        }

        Assert.Equal(1, await tally.CountAsync());
        Assert.False(waiting.IsCompleted);
        await Jobs.Remote.SawAsync(key);
        await waiting;
        await tally.DisposeAsync();
    }

    [Fact]
    public void A_class_whose_constructor_takes_arguments_is_refused_with_the_way_to_say_them()
    {
        var error = Assert.Throws<InvalidOperationException>(() => new ServiceCollection().AddRunhouse().AddRemote<ICounter, Counter>());
        Assert.Contains("Counter.RemoteAsync", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interface_with_synchronous_members_is_refused_with_their_names()
    {
#pragma warning disable RH0215 // So that a build says it too.
        var error = Assert.Throws<InvalidOperationException>(() => new ServiceCollection().AddRunhouse().AddRemote<IThermostat, Thermostat>());
#pragma warning restore RH0215
        Assert.Contains("; Degrees, Describe are not", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inline_mode_set_in_code_runs_everything_in_the_callers_process()
    {
        (int exitCode, string[] lines) = await host.CallerAsync("inline");
        Assert.Equal(0, exitCode);
        Assert.Equal("ADA 1.0 here", lines[^1]);
    }
}
