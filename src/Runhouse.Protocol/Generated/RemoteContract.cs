namespace Runhouse.Protocol.Generated;

/// <summary>
/// An assembly's contract: the list of its remote members, and the dispatcher that calls them. Generated code derives one class from it,
/// names it in a <see cref="RemoteContractAttribute"/> and registers it in <see cref="RemoteContracts"/> from a module initializer.
/// </summary>
public abstract class RemoteContract
{
    /// <summary>The simple name of the assembly.</summary>
    public abstract string AssemblyName { get; }

    /// <summary>The hash over all members and schemas: two sides with the same hash speak in arrays.</summary>
    public abstract ulong Hash { get; }

    /// <summary>The members, by ascending id.</summary>
    public abstract IReadOnlyList<RemoteMember> Members { get; }

    /// <summary>The functions among them that a host runs by itself.</summary>
    public virtual IReadOnlyList<RemoteSchedule> Schedules => [];

    /// <summary>Runs a call: one switch on its <see cref="IncomingCall.MethodId"/>.</summary>
    /// <param name="call">The call.</param>
    public abstract ValueTask DispatchAsync(IncomingCall call);

    /// <summary>Makes the services of this assembly's remote code; null when it has none to add.</summary>
    /// <param name="context">The worker, as the services see it.</param>
    public virtual IServiceProvider? CreateServices(RemoteServicesContext context) => null;

    /// <summary>How the objects of a remote class of this assembly keep their state; null where they do not.</summary>
    /// <param name="typeName">The full name of the class.</param>
    public virtual RemoteSnapshot? FindSnapshot(string typeName) => null;

    /// <summary>How values of a type are read, where it is the type of a result or of a report of one of this assembly's members; null for any other type.</summary>
    /// <typeparam name="T">The type.</typeparam>
    public virtual WireRead<T>? FindReader<T>() => null;

    /// <summary>A reader, if it is one of the type that is looked for.</summary>
    /// <typeparam name="T">The type that is looked for.</typeparam>
    /// <typeparam name="TValue">The type that is read.</typeparam>
    /// <param name="read">Reads it.</param>
    protected static WireRead<T>? ReaderIf<T, TValue>(WireRead<TValue> read) => typeof(T) == typeof(TValue) ? (WireRead<T>)(object)read : null;

    /// <summary>Writes the data of an exception of exactly one of this assembly's own types; false for any other type.</summary>
    /// <param name="exception">The exception.</param>
    /// <param name="writer">Where the data goes, as one value.</param>
    public virtual bool TryWriteException(Exception exception, ref WireWriter writer) => false;

    /// <summary>Rebuilds an exception of one of this assembly's own types; null for any other type.</summary>
    /// <param name="typeName">The full name of its type.</param>
    /// <param name="message">Its message.</param>
    /// <param name="innerException">Its cause, rebuilt.</param>
    /// <param name="data">The data that <see cref="TryWriteException"/> wrote.</param>
    public virtual Exception? ReadException(string typeName, string message, Exception? innerException, ref WireReader data) => null;
}
