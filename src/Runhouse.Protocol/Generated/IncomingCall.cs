namespace Runhouse.Protocol.Generated;

/// <summary>
/// A call as the dispatcher sees it. Generated code reads the arguments, calls the member and ends with exactly one of the
/// <c>Complete</c> methods, or throws: then the exception is the call's outcome.
/// </summary>
public abstract class IncomingCall
{
    /// <summary>The id of the called member.</summary>
    public abstract ulong MethodId { get; }

    /// <summary>The remote object that is called; null for functions and constructors.</summary>
    public abstract object? Target { get; }

    /// <summary>Cancelled when the caller cancels, when the deadline passes, and when the worker stops.</summary>
    public abstract CancellationToken CancellationToken { get; }

    /// <summary>The reader of the arguments.</summary>
    public abstract WireReader BeginArguments();

    /// <summary>Reads an argument that is a stream; null stays null.</summary>
    /// <typeparam name="T">The items' type.</typeparam>
    /// <param name="reader">The reader of the arguments.</param>
    /// <param name="readItem">Reads one item.</param>
    public abstract IAsyncEnumerable<T>? ReadStream<T>(ref WireReader reader, WireRead<T> readItem);

    /// <summary>Reads an argument that receives progress; null stays null.</summary>
    /// <typeparam name="T">The reports' type.</typeparam>
    /// <param name="reader">The reader of the arguments.</param>
    /// <param name="writeReport">Writes one report.</param>
    public abstract IProgress<T>? ReadProgress<T>(ref WireReader reader, WireWrite<T> writeReport);

    /// <summary>Resolves a <c>[FromServices]</c> parameter.</summary>
    /// <typeparam name="T">The service's type.</typeparam>
    /// <param name="parameter">The parameter's path for messages, <c>FineTuner(httpClient)</c>.</param>
    public abstract T GetService<T>(string parameter)
        where T : notnull;

    /// <summary>The writer of the result.</summary>
    public abstract WireWriter BeginResult();

    /// <summary>Ends the call with the result just written.</summary>
    /// <param name="result">The writer, behind the result.</param>
    public abstract void Complete(ref WireWriter result);

    /// <summary>Ends the call with no result.</summary>
    public abstract void Complete();

    /// <summary>Ends a constructor's call: the instance becomes a remote object.</summary>
    /// <param name="instance">The instance just constructed.</param>
    public abstract void CompleteWithObject(object instance);

    /// <summary>Ends the call with a stream: sends its items under the caller's credit until it ends or the caller stops.</summary>
    /// <typeparam name="T">The items' type.</typeparam>
    /// <param name="items">The stream.</param>
    /// <param name="writeItem">Writes one item.</param>
    public abstract ValueTask CompleteWithStreamAsync<T>(IAsyncEnumerable<T> items, WireWrite<T> writeItem);
}
