using System.Diagnostics.CodeAnalysis;

namespace Runhouse;

/// <summary>Where and how remote code failed. Every exception that came over the wire carries one; see <see cref="Of"/>.</summary>
public sealed record RemoteFault
{
    private const string Key = "Runhouse.RemoteFault";

    /// <summary>The full name of the exception's type on the far side.</summary>
    public required string TypeName { get; init; }

    /// <summary>The full names of the type's base classes, nearest first, without <see cref="Exception"/> and <see cref="object"/>.</summary>
    public EquatableList<string> BaseTypeNames { get; init; } = [];

    /// <summary>The exception's message on the far side.</summary>
    public required string Message { get; init; }

    /// <summary>The stack on the far side, of every hop when the call travelled further; empty when the exception was never thrown.</summary>
    public string StackTrace { get; init; } = "";

    /// <summary>The host on which it happened.</summary>
    public string Host { get; init; } = "";

    /// <summary>The worker in which it happened.</summary>
    public string Worker { get; init; } = "";

    /// <summary>The call's id, as it appears in the host's log.</summary>
    public string CallId { get; init; } = "";

    /// <summary>The fault that caused this one, if any.</summary>
    public RemoteFault? Inner { get; init; }

    /// <summary>The fault that came with <paramref name="exception"/>, or null when it did not come over the wire.</summary>
    /// <param name="exception">An exception caught by the caller.</param>
    public static RemoteFault? Of(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return exception is RemoteException { Fault: { } fault } ? fault : exception.Data[Key] as RemoteFault;
    }

    /// <summary>Attaches this fault to an exception of the application's or the framework's own type.</summary>
    /// <param name="exception">The exception rebuilt from the wire.</param>
    public void AttachTo(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        exception.Data[Key] = this;
    }

    /// <summary>Whether the far side's exception was a <typeparamref name="T"/> or derived from it, by name.</summary>
    /// <typeparam name="T">The exception type to ask for.</typeparam>
    [SuppressMessage("Design", "CA1000", Justification = "Not static.")]
    public bool Is<T>()
        where T : Exception
        => typeof(T) == typeof(Exception) || TypeName == typeof(T).FullName || BaseTypeNames.Contains(typeof(T).FullName!);
}
