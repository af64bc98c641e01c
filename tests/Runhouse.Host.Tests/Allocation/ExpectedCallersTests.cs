using Microsoft.Extensions.Time.Testing;
using Runhouse.Host.Workers;

namespace Runhouse.Host.Tests.Allocation;

public sealed class ExpectedCallersTests
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Longer = Lifetime + TimeSpan.FromSeconds(10);
    private readonly FakeTimeProvider _time = new();
    private readonly ExpectedCallers _callers;

    public ExpectedCallersTests() => _callers = new ExpectedCallers(Lifetime, _time);

    [Fact]
    public void A_caller_is_expected_until_each_ticket_was_used()
    {
        Assert.False(_callers.Any);
        _callers.Add();
        _callers.Add();
        _callers.OnArrived(1);
        Assert.True(_callers.Any);
        _callers.OnArrived(1);
        Assert.True(_callers.Any);
        _callers.OnArrived(2);
        Assert.False(_callers.Any);
    }

    [Fact]
    public void A_caller_is_expected_until_the_ticket_has_run_out()
    {
        _callers.Add();
        _time.Advance(Lifetime);
        Assert.True(_callers.Any);
        _time.Advance(Longer - Lifetime);
        Assert.False(_callers.Any);
    }

    [Fact]
    public void Who_comes_is_not_taken_for_one_whose_ticket_ran_out()
    {
        _callers.Add();
        _time.Advance(Longer);
        _callers.Add();
        _callers.Add();
        _callers.OnArrived(1);
        Assert.True(_callers.Any);
        _callers.OnArrived(2);
        Assert.False(_callers.Any);
    }
}
