using Runhouse.Runtime.Client;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Logs;
using Runhouse.Runtime.Providers;

namespace Runhouse;

/// <content>Applications on the cluster: calls by names, versions.</content>
public sealed partial class Cluster
{
    /// <summary>Opens an application on the cluster's host, to call it by names: for tools, which were built without its code. Brings the host up if it is not.</summary>
    /// <param name="choice">Which application; null for the only one that the host has, in its current version.</param>
    /// <param name="output">Takes the lines that remote code writes; null for the console.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="RemoteNotFoundException">The host has no such application.</exception>
    /// <exception cref="ArgumentException">Several applications may be meant, or the build is none.</exception>
    /// <exception cref="DeploymentException">It did not start.</exception>
    public async Task<ClusterApplication> OpenApplicationAsync(ApplicationChoice? choice = null, TextWriter? output = null, CancellationToken cancellationToken = default)
    {
        var lines = new ConsoleOutput(output);
        choice ??= new ApplicationChoice();
        return await ClusterApplication.OpenAsync(OpenAsync, RunhouseRuntime.Current.Options, cancellationToken).ConfigureAwait(false);

        Task<WorkerConnection> OpenAsync(WorkerChoice worker, CancellationToken token) => Connections().Of(this).OpenAsync(choice, worker, lines, token);
    }

    /// <summary>
    /// Makes another deployment of an application its current one, on all of the cluster's hosts: who names the application and no build is served by it from now on, until
    /// another one is deployed or made current. Programs call their own builds as before, and what is open stays. Hosts that are down are brought up.
    /// </summary>
    /// <param name="application">The application's id; null for the only one that the hosts have.</param>
    /// <param name="deployment">The deployment's id, or what it begins with; null for the one that was current before, so that a second time undoes the first.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>For each host, what was current and what is.</returns>
    /// <exception cref="RemoteNotFoundException">A host has no such application or deployment, or none that was current before.</exception>
    /// <exception cref="ArgumentException">Several applications or deployments may be meant.</exception>
    /// <exception cref="DeploymentException">It did not start: what was current is so still, on this host.</exception>
    public async Task<IReadOnlyList<RolledBack>> RollBackAsync(string? application = null, string? deployment = null, CancellationToken cancellationToken = default)
    {
        ClusterConnections clusters = Connections();
        RolledBack[] all = await Task.WhenAll(Hosts().Select(host => clusters.Of(host).RollBackAsync(application, deployment, cancellationToken))).ConfigureAwait(false);
        return [.. all.Zip(HostNames, static (one, name) => one with { Host = name })];
    }

    /// <summary>
    /// Takes an application back from all of the cluster's hosts that are up: its schedules end, who names it and no build is served no more, and its workers end when nobody uses them. Programs call their own
    /// builds as before; another build, or one that is made current, brings it back. Nothing is started.
    /// </summary>
    /// <param name="application">The application's id.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The hosts that had it.</returns>
    /// <exception cref="RemoteNotFoundException">No host has it; the message names those that there are.</exception>
    /// <exception cref="HostUnreachableException">A host cannot be reached.</exception>
    public async Task<IReadOnlyList<string>> UndeployAsync(string application, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(application);
        Provider provider = Connections().ProviderOf(Spec);
        var done = new List<string>();
        RemoteNotFoundException? missing = null;
        for (int host = 0; host < HostCount; host++)
        {
            using HostClient? client = await provider.FindHostAsync(Spec, host, cancellationToken).ConfigureAwait(false);
            if (client is null)
                continue;
            try
            {
                await HostDeployments.UndeployAsync(client, application, cancellationToken).ConfigureAwait(false);
                done.Add(HostNames[host]);
            }
            catch (RemoteNotFoundException e)
            {
                missing = e;
            }
        }

        return done.Count > 0 ? done : throw missing ?? new RemoteNotFoundException($"No host of cluster '{Name}' runs: 'runhouse up {Name}' starts them, with what they have.");
    }

    /// <summary>
    /// Deploys a build to the cluster's host, starts it there and makes it its application's current one. Brings the host up if it is not. A build that does not start
    /// leaves the one before it current.
    /// </summary>
    /// <param name="build">The folder with the build's output, or its assembly.</param>
    /// <param name="application">The application's id; null for what the configuration says, or the assembly's name.</param>
    /// <param name="output">Takes the lines that remote code writes; null for the console.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The deployment, whose worker runs on at least until it is disposed.</returns>
    /// <exception cref="ArgumentException">There is no build.</exception>
    /// <exception cref="DeploymentException">It did not start, or its files cannot be sent.</exception>
    public Task<LiveDeployment> DeployAsync(string build, string? application = null, TextWriter? output = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(build);
        return Connections().Of(this).DeployAsync(build, application, new ConsoleOutput(output), cancellationToken);
    }

    /// <summary>Opens a named object on the cluster's host, to call it by names: for tools, which were built without its code.</summary>
    /// <param name="name">The object's name.</param>
    /// <param name="output">Takes the lines that remote code writes; null for the console.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="RemoteNotFoundException">There is no such object; the message names near ones.</exception>
    public async Task<ClusterApplication> OpenObjectAsync(string name, TextWriter? output = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        WorkerConnection connection = await Connections().Of(this).OpenObjectAsync(name, new ConsoleOutput(output), cancellationToken).ConfigureAwait(false);

        // Its members run where it lives.
        return await ClusterApplication.OpenAsync((_, _) => Task.FromResult(connection), RunhouseRuntime.Current.Options, cancellationToken).ConfigureAwait(false);
    }
}
