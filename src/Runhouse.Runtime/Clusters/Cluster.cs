using System.Net;
using Runhouse.Protocol.Control;
using Runhouse.Runtime.Client;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Configuration;
using Runhouse.Runtime.Providers;
using Runhouse.Runtime.Providers.Ssh;

namespace Runhouse;

/// <summary>
/// Named compute: one or more hosts from one provider. Making one does nothing yet: the first call that goes there brings it up, or
/// <see cref="UpIfNotAsync"/> does. A cluster that was up once is saved under its name in <c>~/.runhouse/clusters</c>, for other processes.
/// </summary>
public sealed partial class Cluster : IEquatable<Cluster>
{
    /// <summary>The port that hosts open when nothing else is said.</summary>
    public const int DefaultOpenPort = 32300;

    private const int SignalBase = 128;

    private static readonly TimeSpan LongestKept = TimeSpan.FromDays(366);
    private static readonly Cluster ThisMachine = new(ClusterSpec.Local, 0);

    private Cluster(ClusterSpec spec, int hostIndex, Image? image = null) => (Spec, HostIndex, Image) = (spec, hostIndex, image);

    /// <summary>The cluster's name.</summary>
    public string Name => Spec.Name;

    /// <summary>The name of its provider: <c>local</c>, <c>ssh</c>.</summary>
    public string Provider => Spec.Provider;

    /// <summary>Its hosts as it was declared with them, in order.</summary>
    public IReadOnlyList<string> HostNames => Spec.Hosts;

    /// <summary>After how long without work its hosts stop; null: what the configuration says; <see cref="Timeout.InfiniteTimeSpan"/>: never.</summary>
    public TimeSpan? Autostop => Spec.Autostop;

    /// <summary>The port that is open on its machines, 0 for any that is free; null: what the configuration says, which is none if it says nothing.</summary>
    public int? OpenPort => Spec.OpenPort;

    /// <summary>How many hosts it has.</summary>
    public int HostCount => Spec.Hosts.Count;

    /// <summary>The host that calls go to, from 0.</summary>
    public int HostIndex { get; }

    /// <summary>What its hosts are prepared with; null for nothing.</summary>
    public Image? Image { get; }

    /// <summary>Files and folders of the host that calls go to.</summary>
    public ClusterFiles Files => new(FindHostAsync, RunhouseHome.Current, TimeProvider.System);

    /// <summary>Values that the host that calls go to keeps under keys.</summary>
    public ClusterObjects Objects => new(FindHostAsync, TimeProvider.System);

    internal ClusterSpec Spec { get; }

    /// <summary>This machine: a host process that is started when none runs, and stops when it has been idle for a while.</summary>
    public static Cluster Local() => ThisMachine;

    /// <summary>The cluster that the configuration names (<c>Runhouse:Cluster</c>), where calls go that say nothing else; this machine if it names none.</summary>
    /// <exception cref="RemoteNotFoundException">No cluster of that name is saved.</exception>
    public static Cluster Default() => Connections().Default;

    /// <summary>
    /// Machines that are reached over SSH. Nothing needs to be installed on them: what is missing is sent, once. How to log in is taken from
    /// <c>~/.ssh/config</c>, the agent and the default keys, as <c>ssh</c> does, and from the section <c>Runhouse:Ssh</c> of the configuration.
    /// </summary>
    /// <param name="name">The cluster's name: letters, digits, '-', '_' and '.'.</param>
    /// <param name="hosts">The machines: <c>user@address</c>, <c>user@address:port</c>, or a name from <c>~/.ssh/config</c>.</param>
    /// <exception cref="ArgumentException">The name is not allowed, or there is no host.</exception>
    public static Cluster Ssh(string name, params IReadOnlyList<string> hosts)
    {
        ClusterName.Check(name);
        ArgumentNullException.ThrowIfNull(hosts);
        if (hosts.Count == 0 || hosts.Any(string.IsNullOrWhiteSpace))
            throw new ArgumentException($"Cluster '{name}' needs at least one host, such as \"ada@10.0.0.7\".", nameof(hosts));
        foreach (string host in hosts)
        {
            if (!SshTarget.TryParse(host, out _, out string? problem))
                throw new ArgumentException($"'{host}' names no machine: {problem}. Write user@address, user@address:port, or a name from ~/.ssh/config.", nameof(hosts));
        }

        if (name == ClusterSpec.Local.Name)
            throw new ArgumentException($"The name '{name}' is this machine's. Choose another one.", nameof(name));
        return new Cluster(new ClusterSpec { Name = name, Provider = SshProvider.ProviderName, Hosts = [.. hosts] }, 0);
    }

    /// <summary>A saved cluster.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="RemoteNotFoundException">There is none of that name; the message lists those that there are.</exception>
    public static Cluster Get(string name) => Get(name, Store());

    /// <summary>The names of the saved clusters, in order, also of those whose files cannot be read.</summary>
    public static IReadOnlyList<string> Names() => Store().Names();

    /// <summary>The saved clusters, by name.</summary>
    /// <exception cref="RunhouseConfigurationException">The file of one cannot be read; <see cref="Names"/> and <see cref="Get(string)"/> tell which, and give the others.</exception>
    public static IReadOnlyList<Cluster> List() => [.. Store().All().Select(static spec => new Cluster(spec, 0))];

    /// <summary>This cluster with another time after which its hosts stop. It holds from a host's next start on.</summary>
    /// <param name="idle">How long a host stays without a call, a connected caller, and a named object; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is zero, or negative and not infinite.</exception>
    /// <exception cref="InvalidOperationException">The cluster is this machine, whose host goes by the configuration.</exception>
    public Cluster WithAutostop(TimeSpan idle)
    {
        if (idle != Timeout.InfiniteTimeSpan)
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(idle, TimeSpan.Zero);
        if (Spec == ClusterSpec.Local)
            throw new InvalidOperationException("This machine's host stops as the configuration says: set Runhouse:Local:IdleTimeout, such as 8h, and take it down once (runhouse down local).");
        return new Cluster(Spec with { Autostop = idle }, HostIndex, Image);
    }

    /// <summary>
    /// This cluster with a port that is open on its machines: calls go by TLS straight there, and no longer through SSH, which only finds and starts the hosts then.
    /// The certificate is the host's own, and taken by the fingerprint that SSH brings. It holds from a host's next start on; until then SSH carries the calls.
    /// </summary>
    /// <param name="port">The port, which the firewalls between here and there have to let through; 0 for any that is free there.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is no port.</exception>
    /// <exception cref="InvalidOperationException">The cluster is this machine, where nothing is to be opened.</exception>
    public Cluster WithOpenPort(int port = DefaultOpenPort)
    {
        CheckPort(port, 0, nameof(port));
        if (Spec == ClusterSpec.Local)
            throw new InvalidOperationException("This machine's host serves this machine only. Declare the machine as one of another cluster (Cluster.Ssh) to open a port of it.");
        return new Cluster(Spec with { OpenPort = port }, HostIndex, Image);
    }

    /// <summary>
    /// This cluster with an image: what its hosts are prepared with before remote code runs there, and the environment in which it does. What is done already
    /// is not done again. A program that takes the cluster by its name, or declares it without an image, runs in the environment that the image left there last; it is
    /// refused when the host was started anew since, as the image, with its secrets, is known to the programs that declare it only.
    /// </summary>
    /// <param name="image">The image.</param>
    public Cluster WithImage(Image image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return new Cluster(Spec, HostIndex, image);
    }

    /// <summary>The cluster with calls going to one of its hosts.</summary>
    /// <param name="index">The host, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The cluster has no such host.</exception>
    public Cluster Host(int index)
    {
        if (index < 0 || index >= HostCount)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"Cluster '{Name}' has {(HostCount == 1 ? "one host, 0" : $"{HostCount} hosts, 0 to {HostCount - 1}")}.");
        return new Cluster(Spec, index, Image);
    }

    /// <summary>Brings all hosts up that are not.</summary>
    /// <param name="progress">Is told what goes on.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="DeploymentException">A host cannot be made, or the cluster is up with other machines.</exception>
    /// <exception cref="HostUnreachableException">A machine cannot be reached.</exception>
    /// <exception cref="CredentialsException">A machine refuses the login, or is not the one that it should be.</exception>
    public Task UpIfNotAsync(IProgress<ProvisioningProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ClusterConnections clusters = Connections();
        return Task.WhenAll(Hosts().Select(host => clusters.Of(host).UpAsync(progress, cancellationToken)));
    }

    /// <summary>Takes the cluster down: its hosts end, with all that runs on them. It leaves the list once they are gone, unless another
    /// process has brought it up again by then.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Whether there was anything to take down.</returns>
    public async Task<bool> DownAsync(CancellationToken cancellationToken = default)
    {
        ClusterConnections clusters = Connections();
        Provider provider = clusters.ProviderOf(Spec);
        bool[] were = await Task.WhenAll(Enumerable.Range(0, HostCount).Select(host => provider.DownAsync(Spec, host, cancellationToken))).ConfigureAwait(false);
        await clusters.ForgetAsync(Spec).ConfigureAwait(false);
        return await clusters.Store.RemoveAsync(Name, IsUpAsync, cancellationToken).ConfigureAwait(false) | were.Contains(true);

        // Another process may have brought it up again meanwhile: then it is that one's, and stays on the list.
        async Task<bool> IsUpAsync(CancellationToken token)
        {
            for (int host = 0; host < HostCount; host++)
            {
                using HostClient? found = await provider.FindHostAsync(Spec, host, token).ConfigureAwait(false);
                if (found is not null)
                    return true;
            }

            return false;
        }
    }

    /// <summary>
    /// Takes the cluster off the list without asking its machines, for those that are gone for good. A host that runs there all the same goes on until it is idle
    /// for its time, and is found again when the cluster is declared again; a leased machine that is there all the same belongs to nobody, and 'runhouse gc' gives it back.
    /// </summary>
    /// <param name="cancellationToken">Stops waiting for another process.</param>
    /// <returns>Whether it was on the list.</returns>
    public async Task<bool> ForgetAsync(CancellationToken cancellationToken = default)
    {
        ClusterConnections clusters = Connections();
        await clusters.ForgetAsync(Spec).ConfigureAwait(false);
        await clusters.ProviderOf(Spec).ForgetAsync(Spec, cancellationToken).ConfigureAwait(false);
        return await clusters.Store.RemoveAsync(Name, static _ => Task.FromResult(false), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Runs a command with the shell of the cluster's host, in the environment of its image; brings the host up if it is not. Ending the wait ends the command, with all
    /// that it started.
    /// </summary>
    /// <param name="command">The command, as <c>sh -c</c> takes it. Others on the machine can read it: secrets belong into the image.</param>
    /// <param name="output">Takes what it writes to its standard output, as it comes; null to drop it.</param>
    /// <param name="error">Takes what it writes to its standard error, as it comes; null to drop it.</param>
    /// <param name="cancellationToken">Ends the command.</param>
    /// <returns>Its exit code; 128 and the signal's number when a signal ended it, as a shell has it.</returns>
    /// <exception cref="HostUnreachableException">The machine cannot be reached, or the connection broke; the host has ended the command then.</exception>
    /// <exception cref="DeploymentException">The host could not start the command.</exception>
    public async Task<int> RunAsync(string command, Stream? output = null, Stream? error = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(command);
        ClusterConnection connection = Connections().Of(this);
        HostClient host = await connection.UpAsync(progress: null, cancellationToken).ConfigureAwait(false);

        // Not again when the connection breaks: who knows how far it has come.
        var request = new RunCommand(command) { ImageEnvironment = await connection.GetEnvironmentAsync(host, cancellationToken).ConfigureAwait(false) };
        CommandEnded ended = await HostCommands.RunAsync(host, request, output, error, cancellationToken).ConfigureAwait(false);
        return ended.ExitCode ?? SignalBase + ended.Signal ?? SignalBase;
    }

    /// <summary>Opens a port of this machine's loopback address that leads to a port of the host's; brings the host up if it is not.</summary>
    /// <param name="remotePort">The port on the host's loopback address.</param>
    /// <param name="localPort">The port on this machine; 0 lets the system choose.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="IOException">The port on this machine is taken.</exception>
    /// <exception cref="HostUnreachableException">The machine cannot be reached.</exception>
    public async Task<ClusterTunnel> TunnelAsync(int remotePort, int localPort = 0, CancellationToken cancellationToken = default)
    {
        CheckPort(remotePort, 1, nameof(remotePort));
        CheckPort(localPort, 0, nameof(localPort));
        HostClient host = await Connections().Of(this).UpAsync(progress: null, cancellationToken).ConfigureAwait(false);
        return await ClusterTunnel.OpenAsync(host.Address, remotePort, localPort, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Keeps all hosts up for a time, whether they have work or not, and brings those up that are not; a later word replaces an earlier one.</summary>
    /// <param name="duration">For how long from now, up to a year; zero for no longer.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative, or longer than a year.</exception>
    public Task KeepWarmAsync(TimeSpan duration, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(duration, LongestKept);
        ClusterConnections clusters = Connections();
        return Task.WhenAll(Hosts().Select(host => clusters.Of(host).AtHostAsync(
            async (client, token) =>
            {
                await client.KeepWarmAsync(duration, token).ConfigureAwait(false);
                return client;
            },
            cancellationToken)));
    }

    /// <summary>Where the hosts answer, and how old their tokens and certificates are. Nothing is started, and looking keeps no host up.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<IReadOnlyList<ClusterHostAccess>> AccessAsync(CancellationToken cancellationToken = default)
        => AccessAsync(static (host, token) => host.GetCredentialsAsync(token), cancellationToken);

    /// <summary>
    /// Gives the hosts that run new tokens and certificates, as they give themselves every so often. The old token is taken for a minute longer. Programs that use the
    /// hosts read the new ones by themselves: none of their calls fails, and what runs goes on.
    /// </summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The hosts; those that are down have nothing to change, and a new token when they start.</returns>
    public Task<IReadOnlyList<ClusterHostAccess>> RotateAsync(CancellationToken cancellationToken = default)
        => AccessAsync(static (host, token) => host.RotateAsync(token), cancellationToken);

    /// <summary>Whether two clusters are the same, with calls going to the same host.</summary>
    /// <param name="other">The other one.</param>
    public bool Equals(Cluster? other) => other is not null && Spec == other.Spec && HostIndex == other.HostIndex && Image?.ToString() == other.Image?.ToString();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Cluster);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Spec, HostIndex);

    /// <inheritdoc/>
    public override string ToString() => HostCount == 1 ? Name : $"{Name}[{HostIndex}]";

    internal static Cluster Get(string name, ClusterStore store)
    {
        if (name == ClusterSpec.Local.Name)
            return ThisMachine;
        return store.Find(name) is { } spec ? new Cluster(spec, 0) : throw new RemoteNotFoundException(
            $"There is no cluster '{name}'. "
            + (store.Names() is { Count: > 0 } known ? $"Saved are {string.Join(", ", known)}." : "None is saved yet.")
            + " A cluster is saved when it comes up: declare it with Cluster.Ssh, or by runhouse up.");
    }

    private static ClusterStore Store() => new(RunhouseHome.Current, TimeProvider.System);

    private static ClusterConnections Connections() => RunhouseRuntime.Current.Clusters ?? throw new InvalidOperationException(
        "Remote code runs in this process (Runhouse:Mode = Inline), where there are no clusters. Set Runhouse:Mode to Remote.");

    private static void CheckPort(int port, int least, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(port, least, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, IPEndPoint.MaxPort, name);
    }

    private Task<HostClient> FindHostAsync(CancellationToken cancellationToken) => Connections().Of(this).UpAsync(progress: null, cancellationToken);

    private async Task<IReadOnlyList<ClusterHostAccess>> AccessAsync(Func<HostClient, CancellationToken, Task<CredentialsStatus>> ask, CancellationToken cancellationToken)
    {
        Provider provider = Connections().ProviderOf(Spec);
        return await Task.WhenAll(Enumerable.Range(0, HostCount).Select(AccessOfAsync)).ConfigureAwait(false);

        async Task<ClusterHostAccess> AccessOfAsync(int host)
        {
            string name = Spec.Hosts[host];
            try
            {
                if (await provider.FindHostAsync(Spec, host, cancellationToken).ConfigureAwait(false) is not { } client)
                    return new ClusterHostAccess(name, ClusterHostState.Down);
                using (client)
                {
                    CredentialsStatus credentials = await ask(client, cancellationToken).ConfigureAwait(false);
                    return new ClusterHostAccess(name, ClusterHostState.Up) { Address = client.Address.Uri, Credentials = credentials };
                }
            }
            catch (RemoteException e)
            {
                return new ClusterHostAccess(name, ClusterHostState.Unknown) { Problem = e.Message, IsRefused = e is CredentialsException };
            }
        }
    }

    private IEnumerable<Cluster> Hosts() => Enumerable.Range(0, HostCount).Select(Host);
}
