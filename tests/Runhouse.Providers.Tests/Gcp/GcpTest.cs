using System.Runtime.InteropServices;
using Runhouse.Providers.Compute;
using Runhouse.Providers.Machines;
using Runhouse.Runtime.Choice;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Gcp;

/// <summary>A test of the provider <c>gcp</c>, over HTTP, against a server of its own.</summary>
public abstract class GcpTest : IAsyncLifetime
{
    /// <summary>The server.</summary>
    private protected FakeCompute Server { get; private set; } = null!;

    /// <summary>The provider.</summary>
    private protected GcpCloud Cloud { get; private set; } = null!;

    /// <summary>The file with the credentials.</summary>
    private protected string KeyFile { get; private set; } = "";

    /// <summary>The provider's options.</summary>
    private protected GcpOptions Options => new() { ServiceUrl = Server.Url, Credentials = KeyFile };

    /// <summary>The machines behind those of the server; null for addresses at which nothing answers.</summary>
    private protected virtual IFakeMachines? Machines => null;

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected static GcpTiming Quick => new() { FirstPause = TimeSpan.FromMilliseconds(5), LongestPause = TimeSpan.FromMilliseconds(20) };

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Server = await FakeCompute.StartAsync(Machines);
        KeyFile = ServiceAccountKey.Write(Server);
        Cloud = NewCloud(Options);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Cloud.DisposeAsync();
        await Server.DisposeAsync();
        File.Delete(KeyFile);
        GC.SuppressFinalize(this);
    }

    /// <summary>Another provider for the same server; its pauses are short.</summary>
    private protected static GcpCloud NewCloud(GcpOptions options, GcpTiming? timing = null) => new(options, timing ?? Quick, TimeProvider.System);

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

    private protected static Candidate At(string? zone, bool isSpot = false, string type = "n4-standard-2", string? gpu = null, string region = "us-central1", Architecture architecture = Architecture.X64) => new(
        new MachineOffer
        {
            Provider = "gcp",
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
    private protected Task<IReadOnlyList<LeasedMachine>> MakeAsync(LeaseRequest request, Candidate candidate) => MakeAsync(Cloud, request, candidate);

    /// <summary>Makes machines with another provider, which must be there.</summary>
    private protected static async Task<IReadOnlyList<LeasedMachine>> MakeAsync(GcpCloud cloud, LeaseRequest request, Candidate candidate)
    {
        MakeOutcome<IReadOnlyList<LeasedMachine>> outcome = await cloud.TryMakeAsync(request, candidate, Token);
        Assert.Null(outcome.Failure);
        return outcome.Machines!;
    }

    /// <summary>Asks for machines, which must not be there, and must have left nothing.</summary>
    private protected async Task<MakeFailure> FailAsync(LeaseRequest request, Candidate candidate)
    {
        MakeOutcome<IReadOnlyList<LeasedMachine>> outcome = await Cloud.TryMakeAsync(request, candidate, Token);
        Assert.NotNull(outcome.Failure);
        Assert.Empty(Server.Instances);
        return outcome.Failure;
    }
}
