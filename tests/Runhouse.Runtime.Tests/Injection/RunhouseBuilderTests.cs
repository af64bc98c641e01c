using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Runhouse.Protocol.Generated;

namespace Runhouse.Runtime.Tests.Injection;

public class RunhouseBuilderTests
{
    private interface ICounter
    {
        Task<int> AddAsync(int number);
    }

    [Fact]
    public void A_class_without_a_proxy_is_an_error_that_says_to_mark_it()
    {
        var error = Assert.Throws<InvalidOperationException>(() => new ServiceCollection().AddRunhouse().AddRemote<ICounter, NotRemote>());

        Assert.Contains("[Remote]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_class_that_needs_arguments_is_an_error_that_shows_the_factory()
    {
        RemoteProxies.Register(typeof(NeedsArguments), new RemoteProxyFactory(null!, _ => throw new InvalidOperationException(), DefaultConstructor: null));

        var error = Assert.Throws<InvalidOperationException>(() => new ServiceCollection().AddRunhouse().AddRemote<ICounter, NeedsArguments>());
        Assert.Contains("NeedsArguments.RemoteAsync(...)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interface_that_the_proxy_does_not_implement_is_refused_when_it_is_registered()
    {
        RemoteProxies.Register(typeof(Thermostat), new RemoteProxyFactory(null!, static handle => new Proxy(handle), new RemoteMethod<ulong>(1, "Thermostat", 1, null)));

        var error = Assert.Throws<InvalidOperationException>(() => new ServiceCollection().AddRunhouse().AddRemote<IThermostat, Thermostat>());
        Assert.Contains("Read is not", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_factory_runs_once_and_its_proxy_goes_with_the_container()
    {
        int made = 0;
        var counter = new Disposable();
        ServiceProvider services = new ServiceCollection()
            .AddRunhouse()
            .AddRemote(_ =>
            {
                made++;
                return Task.FromResult(counter);
            })
            .Services.BuildServiceProvider();

        Assert.Same(counter, await services.GetRequiredService<Task<Disposable>>());
        Assert.Same(counter, await services.GetRequiredService<Task<Disposable>>());
        await services.DisposeAsync();
        Assert.Equal((1, 1), (made, counter.Disposals));
    }

    [Fact]
    public void The_containers_configuration_counts_and_code_has_the_last_word()
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Runhouse:Transport", "Relay"), new("Runhouse:ConnectTimeout", "5s"), new("Other", "x")]).Build();
        using ServiceProvider services = new ServiceCollection()
            .AddSingleton(configuration)
            .AddRunhouse(options => options.ConnectTimeout = TimeSpan.FromSeconds(6))
            .Services.BuildServiceProvider();

        RunhouseOptions options = services.GetRequiredService<RunhouseOptions>();
        Assert.Equal((RunhouseTransport.Relay, TimeSpan.FromSeconds(6)), (options.Transport, options.ConnectTimeout));
    }

    private sealed class NotRemote : ICounter
    {
        public Task<int> AddAsync(int number) => Task.FromResult(number);
    }

    private interface IThermostat
    {
        int Read();
    }

    private sealed class Thermostat : IThermostat
    {
        public int Read() => 20;
    }

    private sealed class Proxy(RemoteObjectHandle handle) : RemoteObject(handle);

    private sealed class NeedsArguments : ICounter
    {
        public Task<int> AddAsync(int number) => Task.FromResult(number);
    }

    private sealed class Disposable : IAsyncDisposable
    {
        public int Disposals { get; private set; }

        public ValueTask DisposeAsync()
        {
            Disposals++;
            return ValueTask.CompletedTask;
        }
    }
}
