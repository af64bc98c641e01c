namespace Runhouse;

/// <summary>
/// The connection was lost while the call was in flight and could not be resumed in time: the call may have run to its end, in part, or
/// not at all. Not to be confused with <see cref="WorkerLostException"/>, where the worker is known to have ended, and
/// <see cref="HostUnreachableException"/>, where the call was never sent.
/// </summary>
/// <param name="message">What happened, to what, and what to do next.</param>
/// <param name="innerException">The cause, if any.</param>
public sealed class OutcomeUnknownException(string message, Exception? innerException = null) : RemoteException(message, innerException);
