using System.Runtime.InteropServices;
using Runhouse.Providers.Ec2;
using Runhouse.Providers.Machines;
using Runhouse.Runtime.Choice;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Aws;

/// <summary>A test of the provider <c>aws</c> with EC2's own client against a server of its own.</summary>
public abstract class AwsTest : IAsyncLifetime
{
    /// <summary>The server.</summary>
    private protected FakeEc2 Ec2 { get; private set; } = null!;

    /// <summary>The provider.</summary>
    private protected AwsCloud Cloud { get; private set; } = null!;

    /// <summary>The provider's options.</summary>
    private protected virtual AwsOptions Options => new() { ServiceUrl = Ec2.Url };

    /// <summary>The machines behind the server's; null for none.</summary>
    private protected virtual IFakeMachines? Machines => null;

    private protected FakeRegion UsEast => Ec2.Regions["us-east-1"];

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Ec2 = await FakeEc2.StartAsync(Machines);
        Cloud = NewCloud(Options);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Cloud.DisposeAsync();
        await Ec2.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Another provider for the same server; its pauses are short.</summary>
    private protected static AwsCloud NewCloud(AwsOptions options, AwsTiming? timing = null) => new(options, timing ?? Quick, TimeProvider.System);

    private protected static AwsTiming Quick => new() { FirstPause = TimeSpan.FromMilliseconds(5), LongestPause = TimeSpan.FromMilliseconds(20), LookPause = TimeSpan.FromMilliseconds(5) };

    private protected static LeaseRequest Request(int count = 1, string token = "t-1", string lease = "l-1") => new()
    {
        Lease = lease,
        Token = token,
        Owner = "ada",
        Cluster = "train",
        Count = count,
        DiskSize = 100,
        UserData = "#cloud-config\n{}",
        User = "runhouse",
    };

    private protected static Candidate At(string? zone, bool isSpot = false, string type = "m7i.large", string? gpu = null, string region = "us-east-1", Architecture architecture = Architecture.X64) => new(
        new MachineOffer
        {
            Provider = "aws",
            Region = region,
            Zone = zone,
            InstanceType = type,
            Accelerator = gpu is null ? null : Accelerator.Parse(gpu),
            Cpus = 2,
            Memory = 8,
            Architecture = architecture,
            ListPrice = 0.1m,
            SpotPrice = 0.05m,
            AsOf = new DateOnly(2026, 11, 1),
            Source = "tests",
        },
        isSpot);

    /// <summary>Makes machines, which must be there.</summary>
    private protected async Task<IReadOnlyList<LeasedMachine>> MakeAsync(LeaseRequest request, Candidate candidate)
    {
        MakeOutcome<IReadOnlyList<LeasedMachine>> outcome = await Cloud.TryMakeAsync(request, candidate, Token);
        Assert.Null(outcome.Failure);
        return outcome.Machines!;
    }

    /// <summary>Asks for machines, which must not be there.</summary>
    private protected async Task<MakeFailure> FailAsync(LeaseRequest request, Candidate candidate)
    {
        MakeOutcome<IReadOnlyList<LeasedMachine>> outcome = await Cloud.TryMakeAsync(request, candidate, Token);
        Assert.NotNull(outcome.Failure);
        return outcome.Failure;
    }
}
