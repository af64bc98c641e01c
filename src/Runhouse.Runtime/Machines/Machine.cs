using System.Net;
using System.Net.Sockets;

namespace Runhouse.Runtime.Machines;

/// <summary>
/// A computer that can be a host: commands run on it, and its ports and sockets are reached. The way to it is opened when it is first needed, and anew when
/// it was lost; however many ask at once, one attempt is made. Thread-safe.
/// </summary>
public abstract class Machine : IAsyncDisposable
{
    /// <summary>Its name in messages, such as <c>ada@10.0.0.7</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Its name or address in the network, where a port that is open on it is reached.</summary>
    public abstract string Address { get; }

    /// <summary>
    /// Whether <see cref="ForwardAsync"/> arrives at the machine's loopback address. Where it arrives at <see cref="Address"/> instead, a host on it opens its port there, with TLS and its token.
    /// </summary>
    public virtual bool ReachesLoopback => true;

    /// <summary>Whether a port that is open on it is reached from elsewhere; where none is, its host listens on its loopback address alone.</summary>
    public virtual bool IsOpenable => true;

    /// <summary>Runs a command with the machine's POSIX shell. An error of one of its streams ends it there as well.</summary>
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">Ends the command there, with all that it started in its process group, and then the wait for it here.</param>
    /// <exception cref="HostUnreachableException">The machine cannot be reached, or the way to it broke while the command ran.</exception>
    /// <exception cref="CredentialsException">It refuses the login, or it is not the machine that it should be.</exception>
    public abstract Task<CommandResult> RunAsync(MachineCommand command, CancellationToken cancellationToken);

    /// <summary>Where a connection made here arrives at a port of the machine (<see cref="ReachesLoopback"/>). The same place for as long as the way is open.</summary>
    /// <param name="port">The port on the machine.</param>
    /// <param name="localPort">The port on this machine's loopback address; 0 lets the system choose.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="HostUnreachableException">The machine cannot be reached.</exception>
    /// <exception cref="CredentialsException">It refuses the login, it is not the machine that it should be, or it forbids the way to the port.</exception>
    /// <exception cref="IOException">The port on this machine cannot be opened.</exception>
    public abstract Task<IPEndPoint> ForwardAsync(int port, int localPort, CancellationToken cancellationToken);

    /// <summary>Connects to a Unix socket on the machine, with the rights of the user there.</summary>
    /// <param name="socketPath">The socket.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The connection; null when the machine opens none to that socket, or the way leads to no sockets.</returns>
    /// <exception cref="HostUnreachableException">The machine cannot be reached.</exception>
    /// <exception cref="CredentialsException">It refuses the login, or it is not the machine that it should be.</exception>
    public abstract Task<Socket?> ConnectAsync(string socketPath, CancellationToken cancellationToken);

    /// <summary>
    /// Says that the way, as it was when <paramref name="since"/> was taken by <see cref="Generation"/>, leads to no sockets: one was there, and was not
    /// reached. Nobody is kept waiting for the same answer again.
    /// </summary>
    /// <param name="since">The generation of the way.</param>
    public abstract void ForgoSockets(int since);

    /// <summary>
    /// Says that the way, as it was when <paramref name="since"/> was taken by <see cref="Generation"/>, leads nowhere any more (nothing comes back
    /// over it): whoever needs it next opens another one. One that is newer than that is left alone.
    /// </summary>
    /// <param name="since">The generation of the way that failed.</param>
    public abstract void Abandon(int since);

    /// <summary>Counts the ways that were opened to the machine; the current one's number.</summary>
    public abstract int Generation { get; }

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <inheritdoc/>
    public override string ToString() => Name;
}
