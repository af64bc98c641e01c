namespace Runhouse;

/// <summary>Caller and worker were built from contracts that differ in the called member; the message names it.</summary>
/// <param name="message">What happened, to what, and what to do next.</param>
/// <param name="innerException">The cause, if any.</param>
public sealed class ContractMismatchException(string message, Exception? innerException = null) : RemoteException(message, innerException);
