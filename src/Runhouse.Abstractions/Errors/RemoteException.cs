namespace Runhouse;

/// <summary>
/// The root of the errors of remote calls. Itself it stands for an exception of the far side whose type cannot be rebuilt here.
/// </summary>
/// <param name="message">What happened, to what, and what to do next.</param>
/// <param name="innerException">The cause, if any.</param>
public class RemoteException(string message, Exception? innerException) : Exception(message, innerException)
{
    /// <summary>Makes an exception without a cause.</summary>
    /// <param name="message">What happened, to what, and what to do next.</param>
    public RemoteException(string message)
        : this(message, null)
    {
    }

    /// <summary>Makes the exception that stands for <paramref name="fault"/>.</summary>
    /// <param name="fault">What failed on the far side.</param>
    /// <param name="innerException">The cause, rebuilt, if any.</param>
    public RemoteException(RemoteFault fault, Exception? innerException)
        : this((fault ?? throw new ArgumentNullException(nameof(fault))).TypeName + ": " + fault.Message, innerException) => Fault = fault;

    /// <summary>What failed on the far side: type name, message, stack, host, worker and call; null when the call never got there.</summary>
    public RemoteFault? Fault { get; init; }

    /// <summary>The full name of the exception's type on the far side, or null when the call never got there.</summary>
    public string? RemoteType => Fault?.TypeName;

    /// <summary>The stack on the far side, or null when the call never got there.</summary>
    public string? RemoteStackTrace => Fault?.StackTrace;

    /// <summary>Whether the far side's exception was a <typeparamref name="T"/> or derived from it, by name.</summary>
    /// <typeparam name="T">The exception type to ask for.</typeparam>
    public bool Is<T>()
        where T : Exception
        => Fault?.Is<T>() ?? this is T;

    /// <inheritdoc/>
    public override string ToString() => Fault is { StackTrace.Length: > 0 } fault
        ? $"{base.ToString()}\n--- remote stack: call {fault.CallId} in {(fault.Host.Length == 0 ? "its caller" : $"worker {fault.Worker} on host {fault.Host}")} ---\n{fault.StackTrace}"
        : base.ToString();
}
