using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;
using Runhouse.Runtime.Applications;
using Runhouse.Runtime.Configuration;
using Runhouse.Runtime.Deployment;
using Runhouse.Runtime.Images;
using Runhouse.Runtime.Logs;

namespace Runhouse.Runtime.Clusters;

/// <summary>This process' side of one cluster: its host, this application's deployment there, and the workers that it talks to.</summary>
internal sealed partial class ClusterConnection : IAsyncDisposable
{
    private const int MostHosts = 3;
    private const int MostWorkers = 3;

    private readonly Func<HostClient?, IProgress<ProvisioningProgress>?, CancellationToken, Task<HostClient>> _findHost;
    private readonly ClusterStore _store;
    private readonly RunhouseOptions _options;
    private readonly RunhouseHome _home;
    private readonly RemoteOutput _output;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, SharedTask<ApplicationBuild>> _builds = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<WorkerChoice, DeploymentRouter> _routers = new();
    private readonly SharedTask<HostClient> _host;
    private readonly Dictionary<string, WorkerConnection> _workers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SharedTask<WorkerConnection>> _opening = new(StringComparer.Ordinal);
    private readonly SharedTask<AppliedImage> _applied;
    private volatile HostClient? _lostHost;
    private volatile string? _goneEnvironment;

    /// <summary>Makes the connection; nothing happens yet.</summary>
    /// <param name="spec">The cluster.</param>
    /// <param name="image">What its hosts are prepared with; null for nothing.</param>
    /// <param name="store">Remembers of saved clusters that they have an image.</param>
    /// <param name="findHost">Finds or makes the cluster's host; it is given the one that was found before and does not answer, if any.</param>
    /// <param name="endsWithCallers">Whether the search for the host ends when nobody waits for it any more: what is made for it costs money.</param>
    /// <param name="options">The configuration.</param>
    /// <param name="home">Runhouse's folder of the user.</param>
    /// <param name="output">Where remote output goes.</param>
    /// <param name="time">The clock.</param>
    public ClusterConnection(
        ClusterSpec spec,
        Image? image,
        ClusterStore store,
        Func<HostClient?, IProgress<ProvisioningProgress>?, CancellationToken, Task<HostClient>> findHost,
        bool endsWithCallers,
        RunhouseOptions options,
        RunhouseHome home,
        RemoteOutput output,
        TimeProvider time)
    {
        (Spec, Image, _store) = (spec, image, store);
        (_findHost, _options, _home, _output, _time) = (findHost, options, home, output, time);
        _host = new SharedTask<HostClient>(host => host != _lostHost, endsWithCallers);
        _applied = new SharedTask<AppliedImage>(applied => applied.Host != _lostHost && applied.Environment != _goneEnvironment);
    }

    /// <summary>The cluster.</summary>
    public ClusterSpec Spec { get; }

    /// <summary>What its hosts are prepared with; null for nothing.</summary>
    public Image? Image { get; }

    /// <summary>Begins to take what is kept of objects from a host whose machine is taken away; null where that is not done.</summary>
    public Action<HostClient>? Rescue { get; init; }

    /// <summary>Ends once all that was open has closed.</summary>
    public Task Closed
    {
        get
        {
            lock (_workers)
                return Task.WhenAll(_workers.Values.Select(static connection => connection.Calls.Completion));
        }
    }

    /// <summary>Finds or makes the host.</summary>
    /// <param name="progress">Is told what goes on.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<HostClient> UpAsync(IProgress<ProvisioningProgress>? progress, CancellationToken cancellationToken)
        => AtHostAsync(PrepareAsync, cancellationToken, progress);

    /// <summary>
    /// The environment of the cluster's image on a host, which the image is applied to if it is not. Who does not declare the image gets what it left there.
    /// </summary>
    /// <param name="host">The host.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Its id; null for a cluster without an image.</returns>
    /// <exception cref="DeploymentException">The host no longer has what the image left, and this program does not declare it.</exception>
    public async Task<string?> GetEnvironmentAsync(HostClient host, CancellationToken cancellationToken)
    {
        if (Image is null && (Spec == ClusterSpec.Local || _store.Find(Spec.Name) is not { HasImage: true }))
            return null;
        while (true)
        {
            AppliedImage applied = await _applied.GetAsync(
                async token => new AppliedImage(host, await ApplyAsync(host, token).ConfigureAwait(false)),
                cancellationToken).ConfigureAwait(false);
            if (applied.Host == host)
                return applied.Environment;

            // To a host that was there before this one.
            _goneEnvironment = applied.Environment;
        }
    }

    /// <summary>Does something at the host, which is found or made; again when it was not there after all.</summary>
    /// <typeparam name="T">The result.</typeparam>
    /// <param name="work">What to do.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<T> AtHostAsync<T>(Func<HostClient, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
        => AtHostAsync(work, cancellationToken, progress: null);

    /// <summary>Routes calls of functions and constructors to a worker of this process' deployment.</summary>
    /// <param name="choice">Which of its workers.</param>
    public DeploymentRouter Functions(WorkerChoice choice) => _routers.GetOrAdd(
        choice,
        static (choice, self) => new DeploymentRouter(async attempt =>
        {
            // Side by side with the search for the host: together they are most of a caller's start.
            _ = self.GetBuildAsync(RuntimeInformation.RuntimeIdentifier, attempt.Token);

            // On a host that is there the next call has what this one began, however short its patience.
            return await self.AtHostAsync((host, _) => attempt.FinishAsync(() => self.ConnectOwnAsync(host, choice, CancellationToken.None)), attempt.Token).ConfigureAwait(false);
        }),
        this);

    /// <summary>Opens a connection of its own to a worker of an application, which need not be this process' own.</summary>
    /// <param name="choice">Which application.</param>
    /// <param name="worker">Which of its workers.</param>
    /// <param name="output">Where remote output goes.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The connection; it closes when it is retired.</returns>
    public Task<WorkerConnection> OpenAsync(ApplicationChoice choice, WorkerChoice worker, RemoteOutput output, CancellationToken cancellationToken) => AtHostAsync(
        async (host, token) => await OpenAsync(host, await ConnectAsync(host, choice, worker, token).ConfigureAwait(false), output, token).ConfigureAwait(false),
        cancellationToken);

    /// <summary>Closes what is open to workers at once, with the calls in flight.</summary>
    public Task LeaveAsync() => Task.WhenAll(Open().Select(static connection => connection.Calls.DisposeAsync().AsTask()));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (WorkerConnection connection in Open())
            await connection.RetireAsync().ConfigureAwait(false);
    }

    private WorkerConnection[] Open()
    {
        lock (_workers)
            return [.. _workers.Values];
    }

    // A host may end between two calls (idle, stopped by hand), or what its file says be out of date: then the next one is found or
    // started; and once more, since one that is found may answer and then end, idle. So may a worker that the host has just named: then the
    // host names another one, a few times.
    private async Task<T> AtHostAsync<T>(
        Func<HostClient, CancellationToken, Task<T>> work, CancellationToken cancellationToken, IProgress<ProvisioningProgress>? progress)
    {
        for (int hosts = 1, workers = 1; ;)
        {
            HostClient host = await FindHostAsync(progress, cancellationToken).ConfigureAwait(false);
            try
            {
                return await work(host, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (hosts < MostHosts && e is (HostUnreachableException or CredentialsException))
            {
                // The next call looks for it anew. This one has waited for as long as it may when nobody answered.
                _lostHost = host;
                if (e.InnerException is OperationCanceledException)
                    throw;
                hosts++;
            }
            catch (WorkerLostException) when (workers < MostWorkers)
            {
                // The same host, and a worker that serves.
                workers++;
            }
        }
    }

    private async Task<string?> ApplyAsync(HostClient host, CancellationToken cancellationToken)
    {
        if (Image is { } image)
        {
            string? environment = await new ImageDeployment(_home, _output, _time).ApplyAsync(image, Spec.Name, host, cancellationToken).ConfigureAwait(false);
            if (environment is not null && Spec != ClusterSpec.Local)
                await _store.SaveAsync(Spec with { HasImage = true }, cancellationToken).ConfigureAwait(false);
            return environment;
        }

        try
        {
            return await host.GetImageEnvironmentAsync(Spec.Name, cancellationToken).ConfigureAwait(false);
        }
        catch (DeploymentException e) when (e.InnerException is ImageEnvironmentGoneException)
        {
            throw new DeploymentException(
                $"Cluster '{Spec.Name}' has an image, whose environment {host.Address} no longer has: it was started anew since. Run the program that declares the image (WithImage), "
                + $"or take the cluster down and up again to use it without (runhouse down {Spec.Name}).",
                e);
        }
    }

    private async Task<HostClient> PrepareAsync(HostClient host, CancellationToken cancellationToken)
    {
        await host.GetStatusAsync(cancellationToken).ConfigureAwait(false);
        if (Image is not null)
            await GetEnvironmentAsync(host, cancellationToken).ConfigureAwait(false);
        return host;
    }

    // Code that is developed here and runs elsewhere in production must start here.
    private bool IsLenient => Spec == ClusterSpec.Local && !_options.Local.Strict;

    private Task<HostClient> FindHostAsync(IProgress<ProvisioningProgress>? progress, CancellationToken cancellationToken)
        => _host.GetAsync(token => _findHost(_lostHost, progress, token), cancellationToken);

    private async Task<WorkerConnection> ConnectOwnAsync(HostClient host, WorkerChoice choice, CancellationToken cancellationToken)
    {
        ApplicationBuild build = await GetBuildAsync(host.Address.Rid, cancellationToken).ConfigureAwait(false);
        return await ConnectAsync(host, await ConnectAsync(host, build, choice, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    private Task<ConnectReply> ConnectAsync(HostClient host, ApplicationBuild build, WorkerChoice choice, CancellationToken cancellationToken)
        => InDeploymentAsync(host, build, () => ConnectAsync(host, build.Id, choice, cancellationToken), cancellationToken);

    // The deployment is there already more often than not: one question instead of two, and no manifest. Without it the answer is null.
    private async Task<T> InDeploymentAsync<T>(HostClient host, ApplicationBuild build, Func<Task<T?>> ask, CancellationToken cancellationToken)
        where T : class
    {
        if (await ask().ConfigureAwait(false) is { } answer)
            return answer;
        foreach (string warning in build.FindWarnings())
            _output.Warn(warning, _time);
        await DeploymentUpload.DeployAsync(build, host, cancellationToken).ConfigureAwait(false);
        return await ask().ConfigureAwait(false) ?? throw new DeploymentException(
            $"{host.Address} took deployment {build.Id} of {build.Manifest.Application} and no longer has it. Look for the cause in the host's log, then call again.");
    }

    private Task<ConnectReply?> ConnectAsync(HostClient host, string deployment, WorkerChoice choice, CancellationToken cancellationToken)
        => InEnvironmentAsync(host, environment => host.ConnectAsync(deployment, choice.ToRequest(environment, IsLenient), cancellationToken), cancellationToken);

    private async Task<T> InEnvironmentAsync<T>(HostClient host, Func<string?, Task<T>> connect, CancellationToken cancellationToken)
    {
        string? environment = await GetEnvironmentAsync(host, cancellationToken).ConfigureAwait(false);
        try
        {
            return await connect(environment).ConfigureAwait(false);
        }
        catch (DeploymentException e) when (e.InnerException is ImageEnvironmentGoneException)
        {
            // Another program has applied another image since, or the same host was started anew: once more.
            _goneEnvironment = environment;
            return await connect(await GetEnvironmentAsync(host, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    private async Task<ConnectReply> ConnectAsync(HostClient host, ApplicationChoice choice, WorkerChoice worker, CancellationToken cancellationToken)
    {
        if (choice.Build is { } path)
            return await ConnectAsync(host, ReadBuild(host, path, choice.Application), worker, cancellationToken).ConfigureAwait(false);

        string deployment = choice.Find(await host.GetStatusAsync(cancellationToken).ConfigureAwait(false)).Id;

        // Whoever asks for the current version, while it is being changed, means what it is now.
        return await ConnectAsync(host, deployment, worker with { AcceptsChanges = choice.Deployment is null }, cancellationToken).ConfigureAwait(false)
            ?? throw new RemoteNotFoundException($"{host.Address} no longer has deployment {deployment}. Ask for its deployments again.");
    }

    private async Task<WorkerConnection> ConnectAsync(HostClient host, ConnectReply worker, CancellationToken cancellationToken)
    {
        // One connection for each worker, however many ask at once: a second one would be nobody's to close.
        SharedTask<WorkerConnection>? opening;
        lock (_workers)
        {
            if (!_opening.TryGetValue(worker.WorkerId, out opening))
                _opening.Add(worker.WorkerId, opening = new SharedTask<WorkerConnection>(static connection => connection.IsOpen));
        }

        return await opening.GetAsync(
            async token =>
            {
                WorkerConnection connection = await OpenAsync(host, worker, _output, token).ConfigureAwait(false);
                lock (_workers)
                    _workers[worker.WorkerId] = connection;
                _ = ForgetAsync(connection);
                return connection;
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<WorkerConnection> OpenAsync(HostClient host, ConnectReply worker, RemoteOutput output, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_options.ConnectTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await WorkerConnection.OpenAsync(host, worker, _options, output, _time, OnLost, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HostUnreachableException(
                $"Worker {worker.WorkerId} on {host.Address} did not answer within {TimeLimit.Text(_options.ConnectTimeout)} (Runhouse:ConnectTimeout). "
                + "Look at the worker's log on the host, then call again.",
                e);
        }
        catch (WorkerLostException e)
        {
            if (await WorkerLoss.FindEndAsync(host, worker.WorkerId, e, cancellationToken).ConfigureAwait(false) is { } loss)
                throw loss;
            throw;
        }

        // A host that says so itself answers for some seconds more, whatever else is known of its machine.
        void OnLost(Exception loss)
        {
            if (loss is not (WorkerLostException { Reason: WorkerLossReason.Preempted } or { InnerException: WorkerLostException { Reason: WorkerLossReason.Preempted } }))
                return;
            host.IsTakenBack = true;
            _lostHost = host;
            Rescue?.Invoke(host);
        }
    }

    private async Task ForgetAsync(WorkerConnection connection)
    {
        await connection.Calls.Completion.ConfigureAwait(false);
        lock (_workers)
        {
            if (_workers.TryGetValue(connection.Worker.WorkerId, out WorkerConnection? kept) && kept == connection)
            {
                _workers.Remove(connection.Worker.WorkerId);
                _opening.Remove(connection.Worker.WorkerId);
            }
        }
    }

    private Task<ApplicationBuild> GetBuildAsync(string rid, CancellationToken cancellationToken)
        => _builds.GetOrAdd(RuntimeIdentifiers.Portable(rid), static _ => new SharedTask<ApplicationBuild>(static _ => true)).GetAsync(
            _ => Task.FromResult(ApplicationBuild.Read(
                ApplicationClosure.FindDepsFile(),
                ApplicationClosure.FindProbingDirectories(),
                rid,
                _options.Application,
                _home.HashCache,
                _time)),
            cancellationToken);

    private sealed record AppliedImage(HostClient Host, string? Environment);
}
