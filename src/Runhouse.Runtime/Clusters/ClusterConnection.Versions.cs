using Runhouse.Protocol.Control;
using Runhouse.Runtime.Applications;
using Runhouse.Runtime.Deployment;
using Runhouse.Runtime.Logs;

namespace Runhouse.Runtime.Clusters;

/// <content>Versions of an application: which one is current.</content>
internal sealed partial class ClusterConnection
{
    /// <summary>Deploys a build, starts it and makes it its application's current one.</summary>
    /// <param name="path">The folder with the build's output, or its assembly.</param>
    /// <param name="application">The application's id; null for what the configuration says, or its name.</param>
    /// <param name="output">Where remote output goes.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<LiveDeployment> DeployAsync(string path, string? application, RemoteOutput output, CancellationToken cancellationToken)
        => AtHostAsync((host, token) => DeployAsync(host, path, application, output, token), cancellationToken);

    /// <summary>Makes another deployment of an application the current one.</summary>
    /// <param name="application">The application; null for the only one that the host has.</param>
    /// <param name="deployment">The deployment's id, or what it begins with; null for the one that was current before.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<RolledBack> RollBackAsync(string? application, string? deployment, CancellationToken cancellationToken)
        => AtHostAsync((host, token) => RollBackAsync(host, application, deployment, token), cancellationToken);

    private async Task<LiveDeployment> DeployAsync(HostClient host, string path, string? application, RemoteOutput output, CancellationToken cancellationToken)
    {
        ApplicationBuild build = ReadBuild(host, path, application);
        await DeploymentUpload.DeployAsync(build, host, cancellationToken).ConfigureAwait(false);
        ConnectReply worker = await InEnvironmentAsync(
            host, environment => HostDeployments.MakeCurrentAsync(host, build.Id, instead: null, WorkerChoice.Plain.ToRequest(environment, IsLenient), cancellationToken), cancellationToken).ConfigureAwait(false);
        return new LiveDeployment(host, await OpenAsync(host, worker, output, cancellationToken).ConfigureAwait(false), path => ReadBuild(host, path, application));
    }

    private ApplicationBuild ReadBuild(HostClient host, string path, string? application)
        => ApplicationBuild.Read(ApplicationFolder.FindDepsFile(path), [], host.Address.Rid, application ?? _options.Application, _home.HashCache, _time);

    private async Task<RolledBack> RollBackAsync(HostClient host, string? application, string? deployment, CancellationToken cancellationToken)
    {
        HostStatus status = await host.GetStatusAsync(cancellationToken).ConfigureAwait(false);
        DeploymentStatus chosen = new ApplicationChoice { Application = application, Deployment = deployment }.Find(status);
        DeploymentStatus[] versions = [.. status.Deployments.Where(one => one.Application == chosen.Application)];
        DeploymentStatus? current = versions.FirstOrDefault(static one => one.IsCurrent);
        DeploymentStatus next = deployment is not null ? chosen : versions.FirstOrDefault(static one => one.IsPrevious) ?? throw new RemoteNotFoundException(
            $"No version of '{chosen.Application}' was current on host '{status.Host}' before {chosen.Id[..12]}. "
            + (versions.Length > 1 ? $"It has {string.Join(", ", versions.Where(one => one.Id != chosen.Id).Select(static one => one.Id[..12]))}: name the one that is meant." : "It has no other one: deploy the build that is meant, which makes it current ('runhouse deploy PATH', or a run of that build's program)."));
        await InEnvironmentAsync(host, environment => HostDeployments.MakeCurrentAsync(host, next.Id, current?.Id, WorkerChoice.Plain.ToRequest(environment, IsLenient), cancellationToken), cancellationToken).ConfigureAwait(false);
        return new RolledBack(status.Host, next.Application, current?.Id, next.Id);
    }
}
