namespace Runhouse;

/// <summary>
/// A named remote object that keeps its state (<see cref="ISnapshot{TState}"/>) has moved to another worker since: the call did not run. Proxies follow their object and call again by themselves,
/// unless a stream is among the arguments.
/// </summary>
/// <param name="message">Which object, and what to do next.</param>
/// <param name="innerException">The cause, if any.</param>
public sealed class ObjectMovedException(string message, Exception? innerException = null) : RemoteException(message, innerException);
