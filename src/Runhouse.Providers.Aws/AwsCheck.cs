using System.Runtime.InteropServices;
using Amazon.EC2;
using Amazon.EC2.Model;
using Runhouse.Runtime.Choice;
using Runhouse.Runtime.Leases;
using MachineImage = Amazon.EC2.Model.Image;

namespace Runhouse.Providers.Aws;

/// <summary>Checks the credentials and what they may do. EC2 answers a dry run without doing anything.</summary>
/// <param name="regions">The regions.</param>
/// <param name="options">The options.</param>
internal sealed class AwsCheck(AwsRegions regions, AwsOptions options)
{
    private const string NoInstance = "i-00000000000000000";

    /// <summary>Checks.</summary>
    /// <param name="cancellationToken">Stops checking.</param>
    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        AwsRegion home = regions.Home;
        var findings = new List<Finding>();
        if (await FailureAsync(() => regions.ListAsync(cancellationToken), cancellationToken).ConfigureAwait(false) is { } refused)
            return [Bad("credentials", home, refused)];
        IReadOnlyList<AwsRegion> all = await regions.ListAsync(cancellationToken).ConfigureAwait(false);
        findings.Add(new Finding("aws: credentials", FindingLevel.Good, options.Regions.Count > 0 ? $"for {string.Join(", ", options.Regions)}" : $"accepted; {all.Count} regions are enabled"));
        findings.Add(await FindAsync(all, cancellationToken).ConfigureAwait(false));
        findings.Add(await MakeAsync(home, cancellationToken).ConfigureAwait(false));
        findings.Add(await EndAsync(home, cancellationToken).ConfigureAwait(false));
        return findings;
    }

    private static async Task<Finding> FindAsync(IReadOnlyList<AwsRegion> all, CancellationToken cancellationToken)
    {
        foreach (AwsRegion region in all)
        {
            if (await FailureAsync(() => region.Instances.OfLeaseAsync("none", cancellationToken), cancellationToken).ConfigureAwait(false) is { } failure)
                return Bad("listing machines", region, failure);
        }

        return new Finding("aws: listing machines", FindingLevel.Good, "allowed");
    }

    private async Task<Finding> MakeAsync(AwsRegion region, CancellationToken cancellationToken)
    {
        var offer = new MachineOffer { Provider = "aws", Region = region.Name, InstanceType = "t3.micro", Cpus = 2, Memory = 1, Architecture = Architecture.X64, AsOf = default, Source = "check" };
        var request = new LeaseRequest { Lease = "check", Token = "check", Owner = "check", Cluster = "check", UserData = "", User = "check" };
        MakeFailure? failure = await FailureAsync(
            async () =>
            {
                MachineImage image = await region.Images.GetAsync(offer, cancellationToken).ConfigureAwait(false);
                Subnet subnet = await region.Subnets.GetAsync(null, cancellationToken).ConfigureAwait(false);

                // A group is looked for where one is named; making one would change something.
                RunInstancesRequest run = RunRequest.Write(request, new Candidate(offer, IsSpot: false), image, subnet, options.SecurityGroup ?? "", options);
                if (options.SecurityGroup is null)
                    run.NetworkInterfaces[0].Groups = null;
                run.DryRun = true;
                return await region.Client.RunInstancesAsync(run, cancellationToken).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        return failure is null or { Code: "DryRunOperation" } ? new Finding("aws: making machines", FindingLevel.Good, $"allowed in {region.Name}") : Bad("making machines", region, failure);
    }

    private static async Task<Finding> EndAsync(AwsRegion region, CancellationToken cancellationToken)
    {
        MakeFailure? failure = await FailureAsync(
            () => region.Client.TerminateInstancesAsync(new TerminateInstancesRequest { InstanceIds = [NoInstance], DryRun = true }, cancellationToken), cancellationToken).ConfigureAwait(false);

        // It is not refused for the credentials: there is no such machine.
        return failure?.Failure is ProvisioningFailure.Authentication or ProvisioningFailure.Throttled
            ? Bad("ending machines", region, failure)
            : new Finding("aws: ending machines", FindingLevel.Good, $"allowed in {region.Name}");
    }

    private static async Task<MakeFailure?> FailureAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        try
        {
            await ask().ConfigureAwait(false);
            return null;
        }
        catch (NotHereException exception)
        {
            return exception.Failure;
        }
        catch (Exception exception) when (AwsFault.IsOfRequest(exception, cancellationToken))
        {
            return AwsFault.ToFailure(exception);
        }
    }

    private static Finding Bad(string subject, AwsRegion region, MakeFailure failure)
        => new($"aws: {subject}", FindingLevel.Bad, $"{region.Name}: {failure.Code}: {failure.Message.TrimEnd('.')}")
        {
            Remedy = failure.Code == "NoCredentials" ? AwsCredentials.Remedy
                : failure.Failure == ProvisioningFailure.Authentication ? "Renew the credentials, or allow their user what docs/providers/aws.md lists."
                : failure.Failure == ProvisioningFailure.Throttled ? "Try again later."
                : "Correct what the message names.",
        };
}
