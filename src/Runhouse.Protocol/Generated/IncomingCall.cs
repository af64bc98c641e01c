namespace Runhouse.Protocol.Generated;

/// <summary>
/// A call as the dispatcher sees it. Generated code reads the arguments between <see cref="BeginArguments"/> and <see cref="EndArguments"/>, calls the
/// member and ends with exactly one of the <c>Complete</c> methods, or throws: then the exception, <see cref="Explain"/>ed, is the call's outcome.
/// </summary>
public abstract class IncomingCall
{
    private bool _isReading;
    private bool _isPlain;

    /// <summary>The id of the called member.</summary>
    public abstract ulong MethodId { get; }

    /// <summary>The remote object that is called; null for functions and constructors.</summary>
    public abstract object? Target { get; }

    /// <summary>Cancelled when the caller cancels, when the deadline passes, and when the worker stops.</summary>
    public abstract CancellationToken CancellationToken { get; }

    /// <summary>The reader of the arguments.</summary>
    public WireReader BeginArguments()
    {
        _isReading = true;
        WireReader reader = OpenArguments();
        _isPlain = reader.IsPlain;
        return reader;
    }

    /// <summary>Behind the last argument: what is thrown from here on is the member's own.</summary>
    public void EndArguments() => _isReading = false;

    /// <summary>What the dispatch threw, as the call's outcome: what reading the arguments throws is about the wire, and must not look like an exception of the member.</summary>
    /// <param name="error">The exception.</param>
    public Exception Explain(Exception error)
    {
        bool isReading = _isReading;
        _isReading = false;
        return isReading ? WireReader.Translate(error, _isPlain) : error;
    }

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

    /// <summary>Ends the call with a result.</summary>
    /// <typeparam name="T">The result's type.</typeparam>
    /// <param name="result">The result.</param>
    /// <param name="writeResult">Writes it.</param>
    public void Complete<T>(T result, WireWrite<T> writeResult)
    {
        ArgumentNullException.ThrowIfNull(writeResult);
        WireWriter writer = BeginResult();
        try
        {
            writeResult(ref writer, result);
        }
        catch (Exception error)
        {
            throw writer.Translate(error);
        }

        Complete(ref writer);
    }

    /// <summary>Ends the call with no result when the member has ended.</summary>
    /// <param name="end">The member's end.</param>
    public ValueTask CompleteAsync(Task end)
    {
        if (!end.IsCompletedSuccessfully)
            return WaitAsync(this, end);
        Complete();
        return default;

        static async ValueTask WaitAsync(IncomingCall call, Task end)
        {
            await end.ConfigureAwait(false);
            call.Complete();
        }
    }

    /// <inheritdoc cref="CompleteAsync(Task)"/>
    public ValueTask CompleteAsync(ValueTask end)
    {
        if (!end.IsCompletedSuccessfully)
            return WaitAsync(this, end);
        end.GetAwaiter().GetResult();
        Complete();
        return default;

        static async ValueTask WaitAsync(IncomingCall call, ValueTask end)
        {
            await end.ConfigureAwait(false);
            call.Complete();
        }
    }

    /// <summary>Ends the call with the result that the member ends with.</summary>
    /// <typeparam name="T">The result's type.</typeparam>
    /// <param name="result">The member's end.</param>
    /// <param name="writeResult">Writes the result.</param>
    public ValueTask CompleteAsync<T>(Task<T> result, WireWrite<T> writeResult)
    {
        if (!result.IsCompletedSuccessfully)
            return WaitAsync(this, result, writeResult);
        Complete(result.Result, writeResult);
        return default;

        static async ValueTask WaitAsync(IncomingCall call, Task<T> result, WireWrite<T> writeResult)
            => call.Complete(await result.ConfigureAwait(false), writeResult);
    }

    /// <inheritdoc cref="CompleteAsync{T}(Task{T}, WireWrite{T})"/>
    public ValueTask CompleteAsync<T>(ValueTask<T> result, WireWrite<T> writeResult)
    {
        if (!result.IsCompletedSuccessfully)
            return WaitAsync(this, result, writeResult);
        Complete(result.Result, writeResult);
        return default;

        static async ValueTask WaitAsync(IncomingCall call, ValueTask<T> result, WireWrite<T> writeResult)
            => call.Complete(await result.ConfigureAwait(false), writeResult);
    }

    /// <summary>Ends a constructor's call: the instance becomes a remote object.</summary>
    /// <param name="instance">The instance just constructed.</param>
    public abstract void CompleteWithObject(object instance);

    /// <summary>Ends the call with a stream: sends its items under the caller's credit until it ends or the caller stops.</summary>
    /// <typeparam name="T">The items' type.</typeparam>
    /// <param name="items">The stream.</param>
    /// <param name="writeItem">Writes one item.</param>
    public abstract ValueTask CompleteWithStreamAsync<T>(IAsyncEnumerable<T> items, WireWrite<T> writeItem);

    /// <summary>The reader of the arguments.</summary>
    protected abstract WireReader OpenArguments();
}
