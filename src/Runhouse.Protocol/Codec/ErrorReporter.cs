using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Codec;

/// <summary>Takes exceptions apart for the wire. Their own code runs here (messages are properties), so nothing it throws may get out.</summary>
/// <param name="detail">How much is taken.</param>
/// <param name="host">The host on which they happened.</param>
/// <param name="worker">The worker in which they happened.</param>
/// <param name="callId">The call in which they happened.</param>
internal sealed class ErrorReporter(ErrorDetail detail, string host, string worker, string callId)
{
    private const int MaxName = 512;
    private const int MaxBases = 16;

    private int _errorsLeft = detail.MaxErrors;

    /// <summary>Takes an exception apart.</summary>
    /// <param name="error">The exception.</param>
    public ErrorReport Report(Exception error) => Report(error, detail.MaxDepth);

    private ErrorReport Report(Exception error, int depth)
    {
        _errorsLeft--;
        RemoteFault? fault = Try<RemoteFault?>(() => RemoteFault.Of(error), null);

        // A RemoteException that stands for a type unknown here travels on as what it stands for.
        RemoteFault? standsFor = error.GetType() == typeof(RemoteException) ? fault : null;
        string message = standsFor?.Message ?? Try(() => error.Message, "(the message could not be read)");
        string stack = StackOf(error, fault);
        ReadOnlyMemory<byte>? data = null;
        (string? text, Dictionary<string, string>? details) = (null, null);
        if (standsFor is null)
        {
            data = DataOf(error, ref stack);
            (text, details) = Try(() => KnownExceptions.Describe(error), default);
        }

        return new ErrorReport
        {
            TypeName = Cut(standsFor?.TypeName ?? NameOf(error.GetType()), MaxName),
            BaseTypeNames = standsFor?.BaseTypeNames ?? (IReadOnlyList<string>)BasesOf(error.GetType()),
            Message = Cut(message, detail.MaxText),
            Text = text is null || message.Length > detail.MaxText ? null : text,
            StackTrace = Cut(stack, detail.MaxText),
            Host = Cut(fault?.Host ?? host, MaxName),
            Worker = Cut(fault?.Worker ?? worker, MaxName),
            CallId = Cut(fault?.CallId ?? callId, MaxName),
            HResult = error.HResult,
            Details = (details ?? []).ToDictionary(pair => pair.Key, pair => Cut(pair.Value, detail.MaxText / 4)),
            Inner = InnerOf(error, depth - 1),
            Data = data,
        };
    }

    private List<ErrorReport> InnerOf(Exception error, int depth)
    {
        var inner = new List<ErrorReport>();
        if (depth > 0)
        {
            IEnumerable<Exception?> causes = error is AggregateException many ? many.InnerExceptions : new[] { error.InnerException };
            foreach (Exception? cause in causes)
            {
                if (cause is not null && _errorsLeft > 0)
                    inner.Add(Report(cause, depth));
            }
        }

        return inner;
    }

    /// <summary>The stacks of all hops: the one that came over the wire first, then the one grown in this process.</summary>
    private static string StackOf(Exception error, RemoteFault? fault)
    {
        string here = Try(() => error.StackTrace ?? "", "");

        // A rebuilt exception has the far stack in front of its own already, unless it was thrown anew.
        return fault is not { StackTrace.Length: > 0 } || here.StartsWith(fault.StackTrace, StringComparison.Ordinal)
            ? here
            : KnownExceptions.FarStack(fault) + (here.Length > 0 ? "\n" + here : "");
    }

    private ReadOnlyMemory<byte>? DataOf(Exception error, ref string stack)
    {
        if (detail.MaxDataBytes == 0)
            return null;
        foreach (RemoteContract contract in RemoteContracts.All)
        {
            try
            {
                using var block = new BodyBuffer { MaxBytes = detail.MaxDataBytes };
                var writer = new WireWriter(block, ObjectForm.Map, WireLimits.Default.MaxDepth);
                if (!contract.TryWriteException(error, ref writer))
                    continue;
                writer.Flush();
                return block.Written.ToArray();
            }
            catch (Exception e)
            {
                // The exception then arrives as a RemoteException; this line says why.
                stack = $"(The data of this exception could not be sent: {Try(() => e.Message, e.GetType().Name)})\n{stack}";
                return null;
            }
        }

        return null;
    }

    private static string NameOf(Type type) => type.FullName ?? type.Name;

    private static List<string> BasesOf(Type type)
    {
        var names = new List<string>();
        for (Type? known = type.BaseType; known is not null && known != typeof(Exception) && known != typeof(object); known = known.BaseType)
        {
            if (names.Count < MaxBases)
                names.Add(Cut(NameOf(known), MaxName));
        }

        return names;
    }

    private static string Cut(string text, int length)
        => text.Length <= length ? text : $"{text.AsSpan(0, length)}... ({text.Length - length} more characters were cut)";

    private static T Try<T>(Func<T> read, T otherwise)
    {
        try
        {
            return read() ?? otherwise;
        }
        catch (Exception)
        {
            // The exception's own code failed; what else it has is worth more than a second error in the place of the first.
            return otherwise;
        }
    }
}
