using System.Globalization;
using Runhouse.Protocol.Connections;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Configuration;
using Runhouse.Runtime.Diagnosis;

namespace Runhouse.Runtime.Providers.Local;

/// <summary>
/// This machine as a cluster: finds the host that runs in the user's folder or starts one. However many processes ask at once, one host starts.
/// </summary>
/// <param name="home">Runhouse's folder of the user.</param>
/// <param name="options">The configuration.</param>
/// <param name="findProgram">Finds the host's program.</param>
/// <param name="time">The clock.</param>
internal sealed class LocalProvider(RunhouseHome home, RunhouseOptions options, Func<HostProgram> findProgram, TimeProvider time) : Provider
{
    private static readonly TimeSpan FirstPoll = TimeSpan.FromMilliseconds(20);

    /// <summary>Between two looks of a program that waits for another one to start the host.</summary>
    private static readonly TimeSpan LastLook = TimeSpan.FromMilliseconds(320);
    private static readonly TimeSpan LastPoll = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public override string Name => ClusterSpec.Local.Provider;

    /// <inheritdoc/>
    public override Task<HostClient> GetHostAsync(
        ClusterSpec cluster, int host, HostClient? lost, IProgress<ProvisioningProgress>? progress, CancellationToken cancellationToken)
        => GetHostAsync(lost, cancellationToken);

    /// <inheritdoc/>
    public override Task<HostClient?> FindHostAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken) => FindAsync(cancellationToken);

    /// <inheritdoc/>
    public override async Task<bool> DownAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken)
    {
        if (HostFile.TryRead(home.Local) is not { } file)
            return false;
        if (await FindAsync(cancellationToken).ConfigureAwait(false) is { } running)
        {
            using (running)
                await StopAsync(running, file, cancellationToken).ConfigureAwait(false);
            return true;
        }

        // It does not answer, and it may be there all the same: stuck, or stopped.
        return await StuckHost.EndAsync(file, home.Local, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override Task<IReadOnlyList<Finding>> CheckAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken)
        => Task.FromResult<IReadOnlyList<Finding>>([.. new ThisMachine(home).Check()]);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => default;

    /// <summary>A client of the running host; starts one when none runs.</summary>
    /// <param name="lost">
    /// The host that was found before and does not answer. Without one, a file that names a living process is taken at its word: whoever is
    /// wrong about it comes back, and everybody else saves a round trip.
    /// </param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="DeploymentException">The host did not start.</exception>
    /// <exception cref="HostUnreachableException">Somebody else has been starting a host for too long.</exception>
    public async Task<HostClient> GetHostAsync(HostClient? lost, CancellationToken cancellationToken)
    {
        if (lost is null && HostFile.TryRead(home.Local) is { } named && named.IsProcessAlive() && HostVersion.Fits(named))
        {
            EnsureTls(named);
            return Client(named);
        }

        if (lost is { IsStopping: true } && HostFile.TryRead(home.Local) is { } stopping && stopping.HostId == lost.Address.HostId
            && !await EndsAsync(stopping, cancellationToken).ConfigureAwait(false))
        {
            throw new HostUnreachableException(
                $"The host of this machine (process {stopping.Pid.ToString(CultureInfo.InvariantCulture)}) is stopping and has not ended within {TimeLimit.Text(options.ConnectTimeout)} "
                + "(Runhouse:ConnectTimeout). Take it down, which ends its process (runhouse down local), and call again.");
        }

        long started = time.GetTimestamp();
        if (await FindFittingAsync(cancellationToken).ConfigureAwait(false) is { } running)
            return running;
        RunhouseHome.CreatePrivate(home.Local);
        string lockPath = Path.Combine(home.Local, "start.lock");
        TimeSpan poll = FirstPoll;
        while (true)
        {
            using FileStream? held = FileLock.TryTake(lockPath);

            // Whoever held the lock before has started a host, most likely. One that did not answer for the whole time is not asked again.
            if (time.GetElapsedTime(started) <= options.ConnectTimeout && await FindFittingAsync(cancellationToken).ConfigureAwait(false) is { } found)
                return found;
            if (held is not null && await new HostProcess(findProgram(), home.Local, time)
                    .StartAsync(options, cancellationToken).ConfigureAwait(false) is { } file)
            {
                return Client(file);
            }

            if (time.GetElapsedTime(started) > options.ConnectTimeout)
            {
                if (held is not null)
                {
                    if (HostFile.TryRead(home.Local) is not { } stuck)
                    {
                        throw new HostUnreachableException(
                            $"A host of this machine holds {home.Local}, but its host.json there is missing or damaged and it has not written it again within "
                            + $"{TimeLimit.Text(options.ConnectTimeout)} (Runhouse:ConnectTimeout). End the process Runhouse.Host that was started with --home {home.Local}, and try again.");
                    }

                    throw new HostUnreachableException(
                        $"The host of this machine (process {stuck.Pid.ToString(CultureInfo.InvariantCulture)}) holds {home.Local} and does not answer within "
                        + $"{TimeLimit.Text(options.ConnectTimeout)} (Runhouse:ConnectTimeout). Let it go on if it is stopped (a debugger, a suspended machine), or end it, and try again.");
                }

                throw new HostUnreachableException(
                    $"Another process has held {lockPath} for {TimeLimit.Text(options.ConnectTimeout)} (Runhouse:ConnectTimeout) without a host coming up. "
                    + "On a busy machine it may be starting one still: try again. When that does not help, find the process that holds it and end it.");
            }

            // A host that holds the folder and cannot be found costs the start of another one to find out about: less and less often. And those who
            // wait for another program to start it, who may be many, leave it the processors, and do not all look at once.
            await Task.Delay(held is null ? poll * (0.5 + (Random.Shared.NextDouble() / 2)) : poll, time, cancellationToken).ConfigureAwait(false);
            TimeSpan last = held is null ? LastLook : LastPoll;
            poll = poll * 2 < last ? poll * 2 : last;
        }
    }

    private async Task StopAsync(HostClient host, HostFile file, CancellationToken cancellationToken)
    {
        try
        {
            await host.StopAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (HostUnreachableException)
        {
            // It is stopping already, or stuck: its process tells.
        }

        if (!await EndsAsync(file, cancellationToken).ConfigureAwait(false))
            await StuckHost.EndAsync(file, home.Local, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> EndsAsync(HostFile file, CancellationToken cancellationToken)
    {
        long since = time.GetTimestamp();
        while (file.IsProcessAlive())
        {
            if (time.GetElapsedTime(since) > options.ConnectTimeout)
                return false;
            await Task.Delay(FirstPoll, time, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>The running host that this program can talk to; one that it cannot, and that holds nothing, is stopped.</summary>
    private async Task<HostClient?> FindFittingAsync(CancellationToken cancellationToken)
    {
        if (HostFile.TryRead(home.Local) is not { } file || await FindAsync(cancellationToken).ConfigureAwait(false) is not { } client)
            return null;
        try
        {
            EnsureTls(file);
            if (HostVersion.Fits(file))
                return client;
            await HostVersion.EnsureHoldsNothingAsync(client, file, cancellationToken).ConfigureAwait(false);
            await StopAsync(client, file, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            client.Dispose();
            throw;
        }

        client.Dispose();
        return null;
    }

    private async Task<HostClient?> FindAsync(CancellationToken cancellationToken)
    {
        if (HostFile.TryRead(home.Local) is not { } file || !file.IsProcessAlive())
            return null;
        HostClient client = Client(file);
        try
        {
            // Its answer: the process id in a file that was left behind may be another program's by now.
            if (await client.AnswersAsync(cancellationToken).ConfigureAwait(false))
                return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }

        client.Dispose();
        return null;
    }

    private HostClient Client(HostFile file) => new(AddressOf(file), options.ConnectTimeout)
    {
        FindAgainAsync = _ => Task.FromResult(HostFile.TryRead(home.Local) is { } again ? AddressOf(again) : null),
    };

    private static HostAddress AddressOf(HostFile file)
        => new(new UriBuilder(file.Fingerprint is null ? Uri.UriSchemeHttp : Uri.UriSchemeHttps, "127.0.0.1", file.Port).Uri, file.Token, file.HostId, "local")
        {
            IsThisMachine = true,
            Fingerprint = file.Fingerprint,
        };

    private void EnsureTls(HostFile file)
    {
        if (options.Local.Tls && file.Fingerprint is null)
        {
            throw new DeploymentException(
                $"The host that runs on this machine (process {file.Pid}) was started without TLS, which Runhouse:Local:Tls asks for. "
                + $"End that process once it is idle, or give this program a host of its own by setting RUNHOUSE_HOME (now {home.Path}).");
        }
    }
}
