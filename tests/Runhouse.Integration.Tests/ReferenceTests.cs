#pragma warning disable RH0213, RH0214 // What becomes of such references at run time is what the tests are about.

using Runhouse.Integration.App;

namespace Runhouse.Integration;

public sealed class ReferenceTests(LocalHost host)
{
    private static readonly Order Order = new("Ada", [new("apple", 2, 0.5m)], null);

    private readonly CancellationToken _token = TestContext.Current.CancellationToken;

    [Fact]
    [Acceptance(6)]
    public async Task A_result_stays_on_the_host_and_is_passed_to_another_call()
    {
        // Larger than a body may be: the bytes cannot have travelled.
        await using RemoteRef<byte[]> data = await Datasets.Remote.CreateLargeAsync(1500, _token);
        Assert.False(data.IsLocal);
        Assert.Equal(1500L << 20, await Datasets.Remote.LengthAsync(data, _token));
    }

    [Fact]
    [Acceptance(6)]
    public async Task A_reference_is_fetched_on_demand()
    {
        await using RemoteRef<Order> reference = await Datasets.Remote.CreateAsync(Order, _token);
        Order fetched = await reference.FetchAsync(_token);
        Assert.Equal(Order.Customer, fetched.Customer);
        Assert.Equal(Order.Lines, fetched.Lines);
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => reference.Value);
        Assert.Contains("FetchAsync", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_value_over_the_limit_cannot_be_fetched_and_the_connection_lives_on()
    {
        await using RemoteRef<byte[]> data = await Datasets.Remote.CreateLargeAsync(1500, _token);
        RemoteSerializationException error = await Assert.ThrowsAsync<RemoteSerializationException>(async () => await data.FetchAsync(_token));
        Assert.Contains("MaxBodyBytes", error.Message, StringComparison.Ordinal);
        Assert.Equal(1500L << 20, await Datasets.Remote.LengthAsync(data, _token));
    }

    [Fact]
    public async Task References_travel_inside_other_values()
    {
        RemoteRef<int>[] parts = await Datasets.Remote.SplitAsync(5, _token);
        Assert.Equal(10, await Datasets.Remote.AddAsync(parts, _token));
        foreach (RemoteRef<int> part in parts)
            await part.DisposeAsync();
    }

    [Fact]
    public async Task A_fetched_value_may_hold_references_of_its_own_type()
    {
        Link link = await Datasets.Remote.ChainAsync(4, _token);
        int sum = link.Number;
        while (link.Next is { } next)
        {
            link = await next.FetchAsync(_token);
            sum += link.Number;
            await next.DisposeAsync();
        }

        Assert.Equal(10, sum);
    }

    [Fact]
    public async Task A_reference_may_be_null()
        => Assert.Equal("nobody", await Datasets.Remote.CustomerAsync(null, _token));

    [Fact]
    public async Task The_value_is_disposed_with_its_last_reference()
    {
        RemoteRef<Order> first = await Datasets.Remote.CreateAsync(Order, _token);
        RemoteRef<Order> second = await Datasets.Remote.SameAsync(first, _token);
        await first.DisposeAsync();
        Assert.Equal("Ada", await Datasets.Remote.CustomerAsync(second, _token));
        await second.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Datasets.Remote.CustomerAsync(second, _token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await second.FetchAsync(_token));
    }

    [Fact]
    public async Task A_value_whose_type_cannot_travel_is_held_used_and_disposed()
    {
        RemoteRef<Datasets.Resource> resource = await Datasets.Remote.OpenAsync(_token);
        Assert.True(await Datasets.Remote.IsOpenAsync(resource, _token));
        await Assert.ThrowsAsync<NotSupportedException>(async () => await resource.FetchAsync(_token));
        int before = await Datasets.Remote.CountDisposedAsync(_token);
        await resource.DisposeAsync();
        await Eventually.IsTrueAsync(async () => await Datasets.Remote.CountDisposedAsync(_token) > before);
    }

    [Fact]
    public async Task A_value_outlives_its_reference_while_a_call_uses_it()
    {
        RemoteRef<Datasets.Resource> resource = await Datasets.Remote.OpenAsync(_token);
        var until = System.Threading.Channels.Channel.CreateUnbounded<int>();
        Task<bool> call = Datasets.Remote.IsOpenAfterAsync(resource, until.Reader.ReadAllAsync(_token), _token);
        await resource.DisposeAsync();
        until.Writer.Complete();
        Assert.True(await call);
    }

    [Fact]
    public async Task A_reference_that_was_disposed_before_it_was_returned_is_an_error()
    {
        RemoteException error = await Assert.ThrowsAnyAsync<RemoteException>(async () => await Datasets.Remote.ReturnDisposedAsync(_token));
        Assert.Contains("RemoteRef<Resource>", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Acceptance(6)]
    public async Task Remote_code_passes_references_to_other_code_of_its_worker()
    {
        await using RemoteRef<Order> given = await Datasets.Remote.CreateAsync(Order, _token);
        Assert.Equal("Ada,own,returned,returned", await Datasets.Remote.DelegateAsync(given, _token));
    }

    [Fact]
    public async Task A_reference_to_a_value_of_the_caller_cannot_be_passed()
    {
        await using RemoteRef<Order> own = RemoteRef.Create(Order);
        RemoteSerializationException error = await Assert.ThrowsAsync<RemoteSerializationException>(async () => await Datasets.Remote.CustomerAsync(own, _token));
        Assert.Contains("Pass the value itself", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inline_references_behave_as_remote_ones_do()
    {
        (int exitCode, string[] lines) = await host.CallerAsync("inline-references");
        Assert.Equal(0, exitCode);
        Assert.Equal(["False Ada False Ada,own,returned,returned", "open True", "disposed 1", "refused"], lines);
    }

    [Fact]
    public async Task A_reference_into_another_worker_cannot_be_passed()
    {
        // Another application's object, so that its worker is another process.
        Assert.Equal(0, (await host.CallerAsync("create-clerk", "clerk")).ExitCode);
        await using ClerkRemote clerk = await Clerk.Remote.AttachAsync("clerk", _token);
        await using RemoteRef<Order> order = await Datasets.Remote.CreateAsync(Order, _token);
        RemoteSerializationException error = await Assert.ThrowsAsync<RemoteSerializationException>(async () => await clerk.CustomerAsync(order, _token));
        Assert.Contains("Pass the value itself", error.Message, StringComparison.Ordinal);
        Assert.Equal("Ada", await Datasets.Remote.CustomerAsync(order, _token));
    }
}
