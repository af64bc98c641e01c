using Microsoft.Extensions.Time.Testing;
using Runhouse.Providers.Ec2;
using Runhouse.Providers.Machines;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Leases;

/// <summary>How long a machine is waited for that does not answer, and what becomes of it then.</summary>
public sealed class WaitingTests : IAsyncLifetime
{
    private readonly string _home = Directory.CreateTempSubdirectory().FullName;
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly Timer _clock;
    private FakeEc2 _ec2 = null!;

    public WaitingTests() => _clock = new Timer(_ => _time.Advance(TimeSpan.FromSeconds(1)), null, 5, 5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _ec2 = await FakeEc2.StartAsync(new ClosedMachines());

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _clock.DisposeAsync();
        await _ec2.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task A_machine_that_never_answers_is_given_back_when_its_time_to_start_is_over()
    {
        DateTimeOffset begun = _time.GetUtcNow();
        LeasingProcess process = Process();

        var error = await Assert.ThrowsAsync<HostUnreachableException>(() => GetHostAsync(process, LeasingProcess.Cluster("train"), host: 0));

        Assert.Contains("did not answer within 15 minutes. It was given back.", error.Message, StringComparison.Ordinal);
        Assert.InRange(_time.GetUtcNow() - begun, TimeSpan.FromMinutes(15), TimeSpan.MaxValue);
        Assert.Single(_ec2.Of("RunInstances"));
        Assert.Empty(_ec2.Alive);
        Assert.Null(process.Store.Find("train"));
    }

    [Fact]
    public async Task A_machine_that_never_answers_stays_with_the_others_of_its_cluster_when_those_have_answered()
    {
        LeasingProcess process = Process();
        ClusterSpec gang = LeasingProcess.Cluster("gang", count: 2);
        Lease lease = await process.Keeper.GetAsync(gang, progress: null, Token);
        process.Keeper.SetAnswered(lease, host: 0);

        var error = await Assert.ThrowsAsync<HostUnreachableException>(() => GetHostAsync(process, gang, host: 1));

        Assert.StartsWith(lease.Machines[1].ToString(), error.Message, StringComparison.Ordinal);
        Assert.Contains("Others of the cluster have answered, so that it stays until the cluster is taken down (runhouse down gang).", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, _ec2.Alive.Count);
        Assert.Equal(LeaseState.Held, process.Store.Find("gang")!.State);
    }

    [Fact]
    public async Task A_machine_that_has_answered_and_runs_is_waited_for_a_while_and_stays()
    {
        LeasingProcess process = Process();
        Lease lease = await process.Keeper.GetAsync(LeasingProcess.Cluster("train"), progress: null, Token);
        process.Keeper.SetAnswered(lease, host: 0);
        DateTimeOffset begun = _time.GetUtcNow();

        var error = await Assert.ThrowsAsync<HostUnreachableException>(() => GetHostAsync(process, LeasingProcess.Cluster("train"), host: 0));

        Assert.Contains("runs, as its cloud has it, and is not reached", error.Message, StringComparison.Ordinal);
        Assert.Contains("runhouse down train", error.Message, StringComparison.Ordinal);
        Assert.InRange(_time.GetUtcNow() - begun, TimeSpan.FromSeconds(45), TimeSpan.MaxValue);
        Assert.Equal(lease.Machines[0].Id, Assert.Single(_ec2.Alive).Id);
    }

    [Fact]
    public async Task Machines_that_end_one_after_the_other_before_they_answer_are_not_leased_for_ever()
    {
        LeasingProcess process = Process();
        int looks = 0;
        _ec2.Before = request =>
        {
            // Once they run: then it is looked whether they still do.
            if (request.Action == "DescribeInstances" && ++looks % 2 == 0 && _ec2.Alive is [{ State: "running" } one])
                _ec2.TakeBack(one.Id);
            return Task.CompletedTask;
        };

        var error = await Assert.ThrowsAsync<HostUnreachableException>(() => GetHostAsync(process, LeasingProcess.Cluster("train"), host: 0));

        Assert.Contains("end before their hosts answer", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, _ec2.Of("RunInstances").Count);
        Assert.Empty(_ec2.Alive);
        Assert.Null(process.Store.Find("train"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("TerminateInstances")]
    [InlineData("DescribeInstances")]
    public async Task A_machine_that_is_taken_back_is_replaced_at_once_whether_or_not_its_cloud_answers(string? silent)
    {
        LeasingProcess process = Process();
        Lease lease = await process.Keeper.GetAsync(LeasingProcess.Cluster("train"), progress: null, Token);
        _ec2.EndingLooks = int.MaxValue;
        _ec2.Before = request => request.Action == silent ? throw new Ec2Exception("InternalError", "An internal error has occurred", 500) : Task.CompletedTask;

        await process.Keeper.GiveUpAsync(lease, Token);

        _ec2.Before = static _ => Task.CompletedTask;
        Lease next = await process.Keeper.GetAsync(LeasingProcess.Cluster("train"), progress: null, Token);
        Assert.NotEqual(lease.Id, next.Id);
        Assert.Equal(lease.MadeAt, Assert.Single(process.Store.Ledger.Read()).From);

        _ec2.EndingLooks = 0;
        _ec2.Instance(lease.Machines[0].Id).Looks = 0;
        Dictionary<string, CollectOutcome> collected = (await process.Collector.CollectAsync(isDryRun: false, Token)).ToDictionary(static one => one.Machine.Id, static one => one.Outcome);
        Assert.Equal(CollectOutcome.InUse, collected[next.Machines[0].Id]);
        Assert.Equal(next.Machines[0].Id, Assert.Single(_ec2.Alive).Id);
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public async Task A_machine_that_its_cloud_does_not_list_is_looked_for_three_times(int hidden, bool isFound)
    {
        LeasingProcess process = Process();
        Lease lease = await process.Keeper.GetAsync(LeasingProcess.Cluster("train"), progress: null, Token);
        _ec2.Instance(lease.Machines[0].Id).HiddenLooks = hidden;
        int before = _ec2.Of("DescribeInstances").Count;

        IReadOnlyList<LeasedMachine> found = await process.Keeper.LookAsync(lease, Token);

        Assert.Equal(isFound, found.Any(one => one.Id == lease.Machines[0].Id));
        Assert.Equal(3, _ec2.Of("DescribeInstances").Count - before);
    }

    [Fact]
    public async Task A_provider_that_this_program_lacks_is_said_with_its_package()
    {
        ClusterSpec cluster = LeasingProcess.Cluster("train") with { Needs = Resources.Parse(provider: "kubernetes") };

        var error = await Assert.ThrowsAsync<DeploymentException>(() => Process().Keeper.GetAsync(cluster, progress: null, Token));

        Assert.Contains("dotnet add package Runhouse.Providers.Kubernetes", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("us-eats-1", null, "there is no region 'us-eats-1' in it. Did you mean us-east-1")]
    [InlineData(null, "m8i-flex.lagre", "there is no instance type 'm8i-flex.lagre' in it. Did you mean m8i-flex.large")]
    public async Task A_name_that_nothing_has_is_said_before_credentials_are_looked_for(string? region, string? type, string message)
    {
        var process = new LeasingProcess(_home, _ec2, _time, profile: "no-such-profile");
        ClusterSpec cluster = LeasingProcess.Cluster("train") with { Needs = Resources.Parse(provider: "aws", region: region, instanceType: type) };

        var error = await Assert.ThrowsAsync<CapacityException>(() => process.Keeper.GetAsync(cluster, progress: null, Token));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Null(process.Store.Find("train"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cluster_is_on_the_list_before_it_has_machines_whenever_its_process_dies(bool isCarriedOut)
    {
        bool wasSeen = false;
        for (int request = 0; request < 10; request++)
        {
            string home = Path.Combine(_home, $"{request}");
            Directory.CreateDirectory(Path.Combine(home, "leases"));
            int before = _ec2.Alive.Count;
            Assert.False(await new LeasingProcess(home, _ec2, _time).RunAsync(
                _ec2, static process => process.Connections.Of(Cluster.OnDemand("train", LeasingProcess.Cluster("train").Needs!)).UpAsync(progress: null, CancellationToken.None), request, isCarriedOut));

            var next = new LeasingProcess(home, _ec2, _time);
            Assert.NotNull(next.Clusters.Find("train"));
            if (_ec2.Alive.Count == before)
                continue;
            wasSeen = true;
            Assert.True(await next.Provider.DownAsync(next.Clusters.Find("train")!, 0, Token));
            Assert.Equal(before, _ec2.Alive.Count);
        }

        Assert.True(wasSeen);
    }

    private LeasingProcess Process() => new(_home, _ec2, _time);

    private static Task<HostClient> GetHostAsync(LeasingProcess process, ClusterSpec cluster, int host) => process.Provider.GetHostAsync(cluster, host, lost: null, progress: null, Token);
}
