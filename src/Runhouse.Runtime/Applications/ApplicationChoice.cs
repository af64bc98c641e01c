using Runhouse.Protocol.Contracts;
using Runhouse.Protocol.Control;

namespace Runhouse;

/// <summary>Which application of a cluster is meant.</summary>
public sealed record ApplicationChoice
{
    /// <summary>A build on this machine, which is deployed first if the host does not have it: the folder with its output, or its assembly. Null for one that the host has.</summary>
    public string? Build { get; init; }

    /// <summary>The application's id; null for the only one that the host has. Of a build, the id that it is deployed under; null for what the configuration says, or its name.</summary>
    public string? Application { get; init; }

    /// <summary>The deployment's id, or what it begins with; null for the application's current one.</summary>
    public string? Deployment { get; init; }

    /// <summary>The deployment of a host that is meant.</summary>
    /// <param name="status">The host.</param>
    /// <exception cref="RemoteNotFoundException">The host has none such.</exception>
    /// <exception cref="ArgumentException">Several may be meant.</exception>
    internal DeploymentStatus Find(HostStatus status)
    {
        DeploymentStatus[] all = [.. status.Deployments];
        if (all.Length == 0)
            throw new RemoteNotFoundException($"Host '{status.Host}' has no deployment. Name a build to deploy, or run the program once.");
        DeploymentStatus[] left = [.. all.Where(one => Application is null || one.Application == Application)];
        string[] applications = [.. all.Select(static one => one.Application).Distinct().Order(StringComparer.Ordinal)];
        if (left.Length == 0)
        {
            string[] near = NearNames.Of(Application!, applications);
            throw new RemoteNotFoundException(
                $"Host '{status.Host}' has no application '{Application}'. {(near.Length > 0 ? $"Did you mean '{near[0]}'?" : $"It has {string.Join(", ", applications)}.")}");
        }

        if (Deployment is { } id)
        {
            left = [.. left.Where(one => one.Id.StartsWith(id, StringComparison.OrdinalIgnoreCase))];
            return left.Length switch
            {
                1 => left[0],
                0 => throw new RemoteNotFoundException($"Host '{status.Host}' has no deployment '{id}'. It has {string.Join(", ", all.Select(static one => $"{one.Id[..12]} ({one.Application})"))}."),
                _ => throw new ArgumentException($"'{id}' may be deployment {string.Join(" or ", left.Select(static one => one.Id[..12]))}. Write more of the id."),
            };
        }

        if (Application is null && applications.Length > 1)
            throw new ArgumentException($"Host '{status.Host}' has the applications {string.Join(", ", applications)}. Say which one is meant: on the command line with --app NAME (rollback: the name itself), in code with ApplicationChoice.Application.");

        // None is current that has never served: then the last one to come is meant.
        return left.FirstOrDefault(static one => one.IsCurrent) ?? left.MaxBy(static one => one.UsedAt)!;
    }
}
