using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Machines;

/// <summary>The .NET runtimes that bare machines get from here: that of this machine where both are of one platform, else one composed of packages.</summary>
/// <param name="composed">Those composed of packages.</param>
/// <param name="usesOwn">Whether that of this machine may be sent.</param>
internal sealed class HostRuntimes(ComposedRuntimes composed, bool usesOwn)
{
    /// <summary>No runtime.</summary>
    public static readonly IReadOnlyDictionary<string, HostBundle> None = new Dictionary<string, HostBundle>();

    /// <summary>Those that are there, by their platform.</summary>
    public IReadOnlyDictionary<string, HostBundle> Known()
    {
        var known = new Dictionary<string, HostBundle>(StringComparer.Ordinal);
        foreach (string rid in ComposedRuntimes.Rids)
        {
            if (TryFind(rid) is { } runtime)
                known.Add(rid, runtime);
        }

        return known;
    }

    /// <summary>The one for a machine.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="rid">Its platform.</param>
    /// <param name="progress">Is told when it has to be fetched.</param>
    /// <param name="cancellationToken">Stops fetching.</param>
    /// <exception cref="DeploymentException">There is none.</exception>
    public async Task<HostBundle> GetAsync(string machine, string rid, IProgress<ProvisioningProgress>? progress, CancellationToken cancellationToken)
    {
        if (TryFind(rid) is { } known)
            return known;
        progress?.Report(new ProvisioningProgress(machine, ProvisioningStage.Fetching));
        try
        {
            return await composed.GetAsync(rid, cancellationToken).ConfigureAwait(false);
        }
        catch (DeploymentException e)
        {
            throw NotHere(machine, rid, e.Message);
        }
    }

    /// <summary>The error for a machine that no runtime can be sent to.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="rid">Its platform.</param>
    /// <param name="reason">Why.</param>
    public static DeploymentException NotHere(string machine, string rid, string reason) => new(
        $"{machine} ({rid}) has no .NET {Environment.Version.Major} runtime, and "
        + (rid == DotnetRuntime.OwnRid ? "the installation of this machine has not all of one either: " : $"that of this machine ({DotnetRuntime.OwnRid}) would not run there: ")
        + $"{reason.Trim().TrimEnd('.')}. Install the ASP.NET Core runtime {Environment.Version.Major}.0 there (it includes the .NET runtime), or let this machine fetch it, "
        + "which takes the .NET SDK and, once, the sources of its NuGet configuration.");

    private HostBundle? TryFind(string rid) => (usesOwn && rid == DotnetRuntime.OwnRid ? DotnetRuntime.TryFindOwn() : null) ?? composed.TryFind(rid);
}
