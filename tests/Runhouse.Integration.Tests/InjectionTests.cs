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
    public void A_class_whose_constructor_takes_arguments_is_refused_with_the_way_to_say_them()
    {
        var error = Assert.Throws<InvalidOperationException>(() => new ServiceCollection().AddRunhouse().AddRemote<ICounter, Counter>());
        Assert.Contains("Counter.RemoteAsync", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inline_mode_set_in_code_runs_everything_in_the_callers_process()
    {
        (int exitCode, string[] lines) = await host.CallerAsync("inline");
        Assert.Equal(0, exitCode);
        Assert.Equal("ADA 1.0 here", lines[^1]);
    }
}
