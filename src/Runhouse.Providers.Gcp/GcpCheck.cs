using Runhouse.Providers.Gcp.Api;
using Runhouse.Runtime.Choice;
using Runhouse.Runtime.Clouds;

namespace Runhouse.Providers.Gcp;

/// <summary>Checks the credentials and what they may do; nothing is made or changed.</summary>
/// <param name="compute">Compute Engine.</param>
/// <param name="options">The options.</param>
internal sealed class GcpCheck(ComputeEngine compute, GcpOptions options)
{
    /// <summary>What the account of the credentials must be allowed.</summary>
    internal static readonly string[] Always =
    [
        "compute.disks.create", "compute.disks.delete", "compute.disks.setLabels", "compute.instances.create", "compute.instances.delete", "compute.instances.get", "compute.instances.list",
        "compute.instances.setLabels", "compute.instances.setMetadata", "compute.instances.setTags", "compute.instances.start", "compute.instances.stop", "compute.zoneOperations.get", "compute.zones.list",
    ];

    /// <summary>Where clusters have volumes, beside the others.</summary>
    internal static readonly string[] ForVolumes = ["compute.disks.get", "compute.disks.list", "compute.disks.use", "compute.instances.attachDisk"];

    /// <summary>In the project of the network.</summary>
    internal static readonly string[] InNetwork = ["compute.subnetworks.use"];

    /// <summary>There too, unless machines are reached within the network.</summary>
    internal static readonly string[] ForAddresses = ["compute.subnetworks.useExternalIp"];

    /// <summary>There too, unless rules of the user's own open the ports.</summary>
    internal static readonly string[] ForFirewall = ["compute.firewalls.create", "compute.firewalls.get", "compute.globalOperations.get", "compute.networks.updatePolicy"];

    /// <summary>When machines have an account.</summary>
    internal static readonly string[] ForAccount = ["compute.instances.setServiceAccount", "iam.serviceAccounts.actAs"];

    /// <summary>Checks.</summary>
    /// <param name="cancellationToken">Stops checking.</param>
    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        if (await FailureAsync(() => compute.Zones.Known.GetAsync("", cancellationToken), cancellationToken).ConfigureAwait(false) is { } refused)
            return [Bad("credentials", refused)];
        int zones = (await compute.Zones.Known.GetAsync("", cancellationToken).ConfigureAwait(false)).Count;
        string project = await compute.Account.GetProjectAsync(cancellationToken).ConfigureAwait(false);
        var findings = new List<Finding> { new("gcp: credentials", FindingLevel.Good, $"accepted for the project {project}; it may use {zones} zones") };
        MakeFailure? listing = await FailureAsync(() => compute.Instances.OfOwnerAsync("none", cancellationToken), cancellationToken).ConfigureAwait(false);
        findings.Add(listing is null ? new Finding("gcp: listing machines", FindingLevel.Good, "allowed") : Bad("listing machines", listing));
        findings.AddRange(await PermissionsAsync(project, cancellationToken).ConfigureAwait(false));
        return findings;
    }

    private async Task<Finding[]> PermissionsAsync(string project, CancellationToken cancellationToken)
    {
        string[] needed = [.. Needed(project)];
        string[] all = [.. needed, .. ForVolumes];
        IReadOnlyList<string> has = [];
        MakeFailure? failure = await FailureAsync(async () => has = await compute.Patience.AskAsync(token => compute.Api.TestPermissionsAsync(all, token), cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        if (failure is not null)
        {
            // Another API than the one that makes machines, which need not be enabled.
            return
            [
                new Finding("gcp: permissions", FindingLevel.Warning, $"not known: {failure.Code}: {failure.Message.TrimEnd('.')}")
                {
                    Remedy = $"Enable the Cloud Resource Manager API in {project} to have them checked here; machines are made without it.",
                },
            ];
        }

        // Not every cluster has volumes.
        return [Compare("permissions", FindingLevel.Bad, $"all that is needed in {project}", needed), Compare("volumes", FindingLevel.Warning, "clusters may have them", ForVolumes)];

        Finding Compare(string subject, FindingLevel level, string good, IEnumerable<string> wanted)
        {
            string[] missing = [.. wanted.Except(has).Order(StringComparer.Ordinal)];
            return missing.Length == 0
                ? new Finding($"gcp: {subject}", FindingLevel.Good, good)
                : new Finding($"gcp: {subject}", level, $"{string.Join(", ", missing)} missing in {project}") { Remedy = "Give their account a role that has them; docs/providers/gcp.md has one that has no more." };
        }
    }

    // A network of another project is that project's matter.
    private IEnumerable<string> Needed(string project)
    {
        IEnumerable<string> needed = Always;
        if (InsertRequest.NetworkOf(options).Split('/') is not ["projects", var owner, ..] || owner == project)
            needed = needed.Concat(InNetwork).Concat(options.UsePrivateAddress ? [] : ForAddresses).Concat(options.NetworkTag is null ? ForFirewall : []);
        return options.ServiceAccount is null ? needed : needed.Concat(ForAccount);
    }

    private static async Task<MakeFailure?> FailureAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        try
        {
            await ask().ConfigureAwait(false);
            return null;
        }
        catch (Exception exception) when (ComputeFault.IsOfRequest(exception, cancellationToken))
        {
            return ComputeFault.ToFailure(exception);
        }
    }

    private static Finding Bad(string subject, MakeFailure failure) => new($"gcp: {subject}", FindingLevel.Bad, $"{failure.Code}: {failure.Message.TrimEnd('.')}")
    {
        Remedy = failure.Code == "NoCredentials" ? GcpAccount.Remedy
            : failure.Code == "NoProject" ? GcpAccount.ProjectRemedy
            : failure.Failure == ProvisioningFailure.Authentication ? "Renew the credentials, or allow their account what docs/providers/gcp.md lists."
            : failure.Failure == ProvisioningFailure.Throttled ? "Try again later."
            : "Correct what the message names.",
    };
}
