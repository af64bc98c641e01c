using Microsoft.Extensions.Time.Testing;
using Runhouse.Providers.Ec2;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Leases;

/// <summary>Volumes keep machines in their zone, are made once, and stay.</summary>
public sealed class VolumeTests : IAsyncLifetime
{
    private readonly string _home = Directory.CreateTempSubdirectory().FullName;
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow()) { AutoAdvanceAmount = TimeSpan.FromMilliseconds(1) };
    private readonly Timer _clock;
    private FakeEc2 _ec2 = null!;

    public VolumeTests() => _clock = new Timer(_ => _time.Advance(TimeSpan.FromMilliseconds(100)), null, 5, 5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private LeasingProcess Process => new(_home, _ec2, _time);

    private IReadOnlyList<FakeVolume> Volumes => [.. _ec2.Regions.Values.SelectMany(static region => region.Volumes)];

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
    public async Task Machines_are_leased_where_their_volume_is_and_nowhere_else()
    {
        Lease first = await UpAsync();
        FakeVolume volume = Assert.Single(Volumes);
        Assert.Equal((first.Machines[0].Id, "20", "gp3", "true"), (volume.AttachedTo, volume.Request["Size"], volume.Request["VolumeType"], volume.Request["Encrypted"]));
        Assert.Equal("data", volume.Tags["runhouse-volume"]);
        await Process.Keeper.EndAsync("train", only: null, Token);
        Assert.Null(volume.AttachedTo);

        Lease second = await UpAsync("other");
        Assert.Equal((first.Machines[0].Zone, second.Machines[0].Id), (second.Machines[0].Zone, volume.AttachedTo));
        await Process.Keeper.EndAsync("other", only: null, Token);
        volume.Zone.Capacity = 0;
        var full = await Assert.ThrowsAsync<CapacityException>(() => UpAsync());
        Assert.EndsWith($"Its volumes (data:20:/data) are in {volume.Zone.Id} (aws), and nothing else was tried: a machine elsewhere cannot have them.", full.Message, StringComparison.Ordinal);
        Assert.All(full.Attempts, attempt => Assert.Equal(volume.Zone.Id, attempt.Zone));
        Assert.Empty(_ec2.Alive);

        var elsewhere = await Assert.ThrowsAsync<CapacityException>(() => UpAsync(change: static spec => spec with { Needs = spec.Needs! with { Regions = new(["eu-west-1"]) } }));
        Assert.StartsWith($"Volume data ({volume.Id}, aws {volume.Zone.Id}) of cluster 'train' keeps its machine in {volume.Zone.Id}, and no machine there has ", elsewhere.Message, StringComparison.Ordinal);
        Assert.Same(volume, Assert.Single(Volumes));
    }

    [Fact]
    public async Task A_volume_that_another_cluster_has_or_that_is_too_small_is_an_error_before_a_machine_is_made()
    {
        Lease first = await UpAsync();
        var taken = await Assert.ThrowsAsync<DeploymentException>(() => UpAsync("other"));
        Assert.EndsWith($"is at machine {first.Machines[0]} of cluster 'train', and one machine has it at a time. Take that cluster down (runhouse down train), or take a volume of another name.", taken.Message, StringComparison.Ordinal);
        await Process.Keeper.EndAsync("train", only: null, Token);

        var small = await Assert.ThrowsAsync<DeploymentException>(() => UpAsync(size: 50));
        Assert.Contains("has 20 GiB, and cluster 'train' asks for 50.", small.Message, StringComparison.Ordinal);
        Assert.Single(_ec2.Of("RunInstances"));
        Assert.Null(Process.Store.Find("other"));
    }

    [Fact]
    public async Task Two_clusters_that_ask_for_a_volume_at_once_make_one_and_one_of_them_has_it()
    {
        int made = 0;
        var both = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ec2.Before = async request =>
        {
            if (request.Action != "CreateVolume")
                return;

            // The second request never comes: the first is given the time in which it would.
            if (Interlocked.Increment(ref made) == 2)
                both.SetResult();
            await Task.WhenAny(both.Task, Task.Delay(TimeSpan.FromSeconds(1), Token));
        };
        Task<Lease>[] all = [UpAsync("one"), UpAsync("other")];
        var refused = await Assert.ThrowsAsync<DeploymentException>(() => Task.WhenAll(all));
        Lease lease = await Assert.Single(all, static one => one.IsCompletedSuccessfully);
        Assert.Contains($"is at machine {lease.Machines[0]} of cluster '{lease.Cluster}'", refused.Message, StringComparison.Ordinal);
        Assert.Equal(lease.Machines[0].Id, Assert.Single(Volumes).AttachedTo);
        Assert.Equal(lease.Machines[0].Id, Assert.Single(_ec2.Alive).Id);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_volume_of_a_region_that_is_left_out_since_is_not_made_again(bool isRefused)
    {
        string region = (await UpAsync()).Offer.Region;
        await Process.Keeper.EndAsync("train", only: null, Token);
        var elsewhere = new LeasingProcess(_home, _ec2, _time, regions: region == "us-east-1" ? "us-east-2" : "us-east-1");
        if (isRefused)
        {
            // What nothing is allowed in has none, and does not stand in the way of volumes elsewhere.
            Volumes[0].Tags["runhouse-owner"] = "nobody";
            _ec2.Before = request => request.Action == "DescribeVolumes" && request.Region == region ? throw new Ec2Exception("UnauthorizedOperation", "You are not authorized to perform: ec2:DescribeVolumes.", 403) : Task.CompletedTask;
            Assert.NotEqual(region, (await elsewhere.Keeper.GetAsync(Spec("train", 20), progress: null, Token)).Offer.Region);
            return;
        }

        var kept = await Assert.ThrowsAnyAsync<RemoteException>(() => elsewhere.Keeper.GetAsync(Spec("train", 20), progress: null, Token));
        Assert.Contains(Assert.Single(Volumes).Zone.Id, kept.Message, StringComparison.Ordinal);
        Assert.Contains($"{region} is not among Runhouse:Aws:Regions", kept.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_volumes_of_a_machine_are_two_devices()
    {
        Lease lease = await UpAsync(change: static spec => spec with { Volumes = [.. spec.Volumes, new ClusterVolume("more", 30, "/more")] });
        Assert.Equal(["/dev/sdf", "/dev/sdg"], Volumes.Select(static one => one.Device));
        Assert.Equal(Volumes.Select(static one => $"/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_{one.Id.Replace("-", "", StringComparison.Ordinal)}"), lease.Devices);
    }

    [Fact]
    public async Task Answers_that_are_lost_make_and_attach_it_once()
    {
        _ec2.CutNext("CreateVolume", 2);
        _ec2.CutNext("AttachVolume", 2);
        Lease lease = await UpAsync();
        Assert.Equal(lease.Machines[0].Id, Assert.Single(Volumes).AttachedTo);
    }

    [Theory]
    [InlineData("CreateVolume")]
    [InlineData("AttachVolume")]
    public async Task A_machine_without_its_volume_is_given_back_and_the_error_says_what_was_refused(string action)
    {
        _ec2.FailNext(action, new Ec2Exception("UnauthorizedOperation", $"You are not authorized to perform: ec2:{action}.", 403));
        var error = await Assert.ThrowsAsync<CredentialsException>(() => UpAsync());
        Assert.Contains(action, error.Message, StringComparison.Ordinal);
        Assert.Empty(_ec2.Alive);
        Assert.NotNull((await UpAsync()).Devices.Single());
    }

    [Fact]
    public async Task A_machine_without_its_volume_that_cannot_be_given_back_hides_not_what_was_refused_first_and_the_next_call_takes_it()
    {
        _ec2.FailNext("AttachVolume", Refusal("AttachVolume"));
        _ec2.FailNext("TerminateInstances", Refusal("TerminateInstances"));

        var error = await Assert.ThrowsAsync<CredentialsException>(() => UpAsync());

        Assert.Contains("perform: ec2:AttachVolume.", error.Message, StringComparison.Ordinal);
        Assert.Contains("was not given back either, and stays until the cluster is brought up again or taken down (runhouse down train): ", error.Message, StringComparison.Ordinal);
        Assert.Contains("perform: ec2:TerminateInstances.", error.Message, StringComparison.Ordinal);
        string left = Assert.Single(_ec2.Alive).Id;
        Assert.Equal(left, (await UpAsync()).Machines[0].Id);
        Assert.Equal(left, Assert.Single(Volumes).AttachedTo);

        static Ec2Exception Refusal(string action) => new("UnauthorizedOperation", $"You are not authorized to perform: ec2:{action}.", 403);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_process_that_dies_at_any_step_leaves_one_volume_and_the_next_call_goes_on(bool isCarriedOut)
    {
        for (int request = 0; request < 14; request++)
        {
            await Process.RunAsync(_ec2, static process => process.Keeper.GetAsync(Spec("train", 20), progress: null, CancellationToken.None), request, isCarriedOut);
            Lease lease = await UpAsync();
            Assert.Equal(lease.Machines[0].Id, Assert.Single(_ec2.Alive).Id);
            Assert.Equal(lease.Machines[0].Id, Assert.Single(Volumes).AttachedTo);
            await Process.Keeper.EndAsync("train", only: null, Token);
            Assert.Null(Assert.Single(Volumes).AttachedTo);
        }
    }

    private static ClusterSpec Spec(string name, int size) => LeasingProcess.Cluster(name) with { Volumes = [new ClusterVolume("data", size, "/data")] };

    private Task<Lease> UpAsync(string name = "train", int size = 20, Func<ClusterSpec, ClusterSpec>? change = null)
        => Process.Keeper.GetAsync((change ?? (static spec => spec))(Spec(name, size)), progress: null, Token);
}
