using Microsoft.Extensions.Time.Testing;
using Runhouse.Providers.Ec2;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Leases;

/// <summary>Machines of another account cannot be seen, and are not taken for gone.</summary>
public sealed class AccountTests : IAsyncLifetime
{
    private const string Own = "123456789012";
    private const string Other = "210987654321";

    private readonly string _home = Directory.CreateTempSubdirectory().FullName;
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow()) { AutoAdvanceAmount = TimeSpan.FromMilliseconds(1) };
    private readonly Timer _clock;
    private FakeEc2 _ec2 = null!;

    public AccountTests() => _clock = new Timer(_ => _time.Advance(TimeSpan.FromMilliseconds(100)), null, 5, 5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _ec2 = await FakeEc2.StartAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _clock.DisposeAsync();
        await _ec2.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task Down_with_credentials_of_another_account_names_both_and_changes_nothing()
    {
        LeasingProcess own = Process();
        await own.Keeper.GetAsync(LeasingProcess.Cluster("train"), progress: null, Token);

        var error = await Assert.ThrowsAsync<CredentialsException>(() => Process("other").Keeper.EndAsync("train", only: null, Token));

        Assert.Contains(Own, error.Message, StringComparison.Ordinal);
        Assert.Contains(Other, error.Message, StringComparison.Ordinal);
        Assert.Contains("runhouse down train --forget", error.Message, StringComparison.Ordinal);
        Assert.Equal((LeaseState.Held, Own), (own.Store.Find("train")!.State, own.Store.Find("train")!.Account));
        Assert.Single(_ec2.Alive);
        Assert.True(await Process().Keeper.EndAsync("train", only: null, Token));
        Assert.Empty(_ec2.Alive);
    }

    [Fact]
    public async Task Gc_with_credentials_of_another_account_keeps_the_lease_and_tidies_the_others()
    {
        await Process().Keeper.GetAsync(LeasingProcess.Cluster("a-train"), progress: null, Token);
        LeasingProcess other = Process("other");
        await other.Keeper.GetAsync(LeasingProcess.Cluster("b-serve"), progress: null, Token);
        _ec2.TakeBack(other.Store.Find("b-serve")!.Machines[0].Id);
        await Process("other").Keeper.LookAsync(other.Store.Find("b-serve")!, Token);

        var error = await Assert.ThrowsAsync<CredentialsException>(() => Process("other").Collector.CollectAsync(isDryRun: false, Token));

        Assert.Contains("'a-train'", error.Message, StringComparison.Ordinal);
        Assert.Equal(LeaseState.Held, other.Store.Find("a-train")!.State);
        Assert.Null(other.Store.Find("b-serve"));
        Assert.Single(_ec2.Alive);
    }

    [Fact]
    public async Task Whether_machines_run_is_not_said_by_credentials_of_another_account()
    {
        LeasingProcess own = Process();
        Lease lease = await own.Keeper.GetAsync(LeasingProcess.Cluster("train"), progress: null, Token);

        var error = await Assert.ThrowsAsync<CredentialsException>(() => Process("other").Keeper.LookAsync(lease, Token));

        Assert.Contains(Other, error.Message, StringComparison.Ordinal);
        Assert.Single(await own.Keeper.LookAsync(lease, Token));
    }

    [Fact]
    public async Task A_request_whose_answer_nobody_has_seen_is_not_made_again_in_another_account()
    {
        LeasingProcess own = Process();
        Lease lease = await own.Keeper.GetAsync(LeasingProcess.Cluster("train"), progress: null, Token);
        own.Store.Save(lease with { State = LeaseState.Asked, Machines = [] });

        await Assert.ThrowsAsync<CredentialsException>(() => Process("other").Keeper.GetAsync(LeasingProcess.Cluster("train"), progress: null, Token));

        Assert.Equal(lease.Machines[0].Id, Assert.Single(_ec2.Alive).Id);
        Assert.Equal(lease.Machines[0].Id, Assert.Single((await Process().Keeper.GetAsync(LeasingProcess.Cluster("train"), progress: null, Token)).Machines).Id);
    }

    [Fact]
    public async Task Machines_are_leased_where_the_account_is_not_told_and_are_taken_down_by_what_is_found()
    {
        for (int i = 0; i < 4; i++)
            _ec2.FailNext("GetCallerIdentity", new Ec2Exception("InvalidAction", "The action GetCallerIdentity is not valid for this web service."));
        LeasingProcess process = Process();

        Lease lease = await process.Keeper.GetAsync(LeasingProcess.Cluster("train"), progress: null, Token);

        Assert.Null(lease.Account);
        _ec2.TakeBack(lease.Machines[0].Id);
        Assert.True(await process.Keeper.EndAsync("train", only: null, Token));
        Assert.Null(process.Store.Find("train"));
    }

    private LeasingProcess Process(string? profile = null) => new(_home, _ec2, _time, profile);
}
