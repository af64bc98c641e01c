namespace Runhouse;

/// <summary>
/// A remote class that implements it lets its named objects keep their state: over a new version of the application, over the end of their worker, and over a restart of their
/// host. What comes back is a new instance, constructed with the arguments of the first one and then given its state. Anonymous objects go with their handles as ever.
/// </summary>
/// <remarks>
/// The worker alone calls its members; proxies do not have them. The state is kept as maps by the names of its members, so that a newer version of the class may have more or fewer of
/// them: one that is absent has its default. It is taken after calls have ended, as the host's settings say (<c>Runhouse:Limits:SnapshotIntervalMilliseconds</c>), while others may run: as with
/// any two calls of an object, what both touch needs a lock, or a class that is marked <c>[Remote(Concurrency = 1)]</c>.
/// </remarks>
/// <typeparam name="TState">The state: a type that can travel.</typeparam>
public interface ISnapshot<TState>
{
    /// <summary>Gives the state that another instance can go on from. It is written down at once, so that it may hold parts of the object only if nothing changes them meanwhile.</summary>
    /// <param name="cancellationToken">Cancelled when it takes longer than 30 seconds, or 5 when the host stops: then the state is not kept, and the host's log says so.</param>
    ValueTask<TState> TakeSnapshotAsync(CancellationToken cancellationToken);

    /// <summary>Goes on from a state, before the first call: of a new instance, constructed with the arguments of the one that gave the state.</summary>
    /// <param name="state">The state, as this version or an older one of the class has given it.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits for the object any more.</param>
    /// <exception cref="Exception">
    /// The state is not taken: a newer version that throws leaves the object to the older one, and whoever asked for the object gets a <see cref="SnapshotException"/> with what was thrown.
    /// </exception>
    ValueTask RestoreAsync(TState state, CancellationToken cancellationToken);
}
