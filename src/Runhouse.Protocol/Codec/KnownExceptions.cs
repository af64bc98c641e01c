using System.Collections.Frozen;
using System.ComponentModel;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.ExceptionServices;
using System.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text.Json;
using System.Threading.Channels;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Codec;

/// <summary>The exceptions that are rebuilt as themselves: a fixed table by full name, then the application's own by its contracts.</summary>
internal static class KnownExceptions
{
    private static readonly FrozenDictionary<string, KnownException> Table = Framework().Concat(Ours())
        .ToFrozenDictionary(known => known.Type.FullName!, StringComparer.Ordinal);

    /// <summary>What the table's type adds to the message: the constructor's own part of the message, and the properties that travel.</summary>
    /// <param name="error">Any exception.</param>
    public static (string? Text, Dictionary<string, string>? Details) Describe(Exception error)
    {
        if (!Table.TryGetValue(error.GetType().FullName ?? "", out KnownException? known) || known.Type != error.GetType())
            return default;
        string message = error.Message;
        string? suffix = known.Suffix?.Invoke(error);
        return (suffix is { Length: > 0 } && message.EndsWith(suffix, StringComparison.Ordinal) ? message[..^suffix.Length] : null,
            known.Details?.Invoke(error));
    }

    /// <summary>Rebuilds an exception.</summary>
    /// <param name="report">What came over the wire.</param>
    /// <param name="limits">What is accepted of the application's data.</param>
    public static Exception Rebuild(ErrorReport report, WireLimits limits)
    {
        RemoteFault fault = report.ToFault();
        Exception[] causes = [.. report.Inner.Select(inner => Rebuild(inner, limits))];
        Exception? cause = causes.Length > 0 ? causes[0] : null;
        Exception? rebuilt = FromContracts(report, cause, limits, ref fault);
        if (rebuilt is null && Table.TryGetValue(report.TypeName, out KnownException? known))
            rebuilt = known.CreateFromMany?.Invoke(report, causes) ?? known.Create(report, fault, cause);
        rebuilt ??= new RemoteException(fault, causes.Length > 1 ? new AggregateException(causes) : cause);
        return Attach(rebuilt, report, fault);
    }

    /// <summary>A far stack, followed by where it was: only a caller, from whose streams errors come too, is on no host.</summary>
    /// <param name="fault">The fault.</param>
    public static string FarStack(RemoteFault fault)
        => $"{fault.StackTrace}\n--- of call {fault.CallId} in {(fault.Host.Length == 0 ? "its caller" : $"worker {fault.Worker} on host {fault.Host}")} ---";

    private static Exception Attach(Exception rebuilt, ErrorReport report, RemoteFault fault)
    {
        if (report.HResult != 0)
            rebuilt.HResult = report.HResult;

        // A RemoteException prints its fault's stack itself.
        if (rebuilt is RemoteException { Fault: not null })
            return rebuilt;
        fault.AttachTo(rebuilt);
        if (fault.StackTrace.Length > 0 && rebuilt.StackTrace is null)
            ExceptionDispatchInfo.SetRemoteStackTrace(rebuilt, FarStack(fault));
        return rebuilt;
    }

    private static Exception? FromContracts(ErrorReport report, Exception? cause, WireLimits limits, ref RemoteFault fault)
    {
        if (report.Data is not { } data)
            return null;
        try
        {
            foreach (RemoteContract contract in RemoteContracts.All)
            {
                var reader = new WireReader(data, limits);
                if (contract.ReadException(report.TypeName, report.Message, cause, ref reader) is { } rebuilt)
                    return rebuilt;
            }
        }
        catch (Exception e)
        {
            // What the far side has to say matters more: it arrives as a RemoteException, and this line says why.
            fault = fault with { StackTrace = $"({report.TypeName} could not be rebuilt here: {e.GetType().Name}: {e.Message})\n{fault.StackTrace}" };
        }

        return null;
    }

    private static KnownException Plain<T>(Func<string, Exception?, T> create)
        where T : Exception
        => new(typeof(T), (report, _, cause) => create(report.Message, cause));

    private static KnownException OfRunhouse<T>(Func<string, Exception?, RemoteFault, T> create)
        where T : RemoteException
        => new(typeof(T), (report, fault, cause) => create(report.Message, cause, fault));

    private static Dictionary<string, string> One(string name, string? value) => value is null ? [] : new() { [name] = value };

    private static IEnumerable<KnownException> Ours() =>
    [
        OfRunhouse((m, c, f) => new RemoteException(m, c) { Fault = f }),
        OfRunhouse((m, c, f) => new CapacityException(m, c) { Fault = f }),
        OfRunhouse((m, c, f) => new ContractMismatchException(m, c) { Fault = f }),
        OfRunhouse((m, c, f) => new CredentialsException(m, c) { Fault = f }),
        OfRunhouse((m, c, f) => new DeploymentException(m, c) { Fault = f }),
        OfRunhouse((m, c, f) => new FileTransferException(m, c) { Fault = f }),
        OfRunhouse((m, c, f) => new HostUnreachableException(m, c) { Fault = f }),
        OfRunhouse((m, c, f) => new NameInUseException(m, c) { Fault = f }),
        OfRunhouse((m, c, f) => new ObjectLostException(m, c) { Fault = f }),
        OfRunhouse((m, c, f) => new ObjectMovedException(m, c) { Fault = f }),
        OfRunhouse((m, c, f) => new OutcomeUnknownException(m, c) { Fault = f }),
        OfRunhouse((m, c, f) => new OverloadedException(m, c) { Fault = f }),
        OfRunhouse((m, c, f) => new QuotaException(m, c) { Fault = f }),
        OfRunhouse((m, c, f) => new RemoteNotFoundException(m, c) { Fault = f }),
        OfRunhouse((m, c, f) => new SnapshotException(m, c) { Fault = f }),
        Plain((m, c) => new RemoteTimeoutException(m, c)),
        new(typeof(CallCancelledException), (r, _, c) => new CallCancelledException(r.Message, c) { CancelledBy = r.Detail("CancelledBy") ?? "" })
        {
            Details = e => One("CancelledBy", ((CallCancelledException)e).CancelledBy),
        },
        new(typeof(RemoteSerializationException), (r, f, c) =>
            new RemoteSerializationException(r.Message, c) { Fault = f, MemberPath = r.Detail("MemberPath") ?? "" })
        {
            Details = e => One("MemberPath", ((RemoteSerializationException)e).MemberPath),
        },
        new(typeof(WorkerLostException), (r, f, c) => new WorkerLostException(r.Message, c)
        {
            Fault = f,
            Reason = Enum.TryParse(r.Detail("Reason"), out WorkerLossReason reason) ? reason : WorkerLossReason.Unknown,
            ExitCode = int.TryParse(r.Detail("ExitCode"), CultureInfo.InvariantCulture, out int code) ? code : null,
            Signal = int.TryParse(r.Detail("Signal"), CultureInfo.InvariantCulture, out int signal) ? signal : null,
            MemoryPeakBytes = long.TryParse(r.Detail("MemoryPeakBytes"), CultureInfo.InvariantCulture, out long peak) ? peak : null,
            MemoryLimitBytes = long.TryParse(r.Detail("MemoryLimitBytes"), CultureInfo.InvariantCulture, out long limit) ? limit : null,
            LastOutput = r.Detail("LastOutput") is { Length: > 0 } lines ? [.. lines.Split('\n')] : [],
        })
        {
            Details = e => DetailsOf((WorkerLostException)e),
        },
    ];

    private static Dictionary<string, string> DetailsOf(WorkerLostException lost)
    {
        Dictionary<string, string> details = One("ExitCode", lost.ExitCode?.ToString(CultureInfo.InvariantCulture));
        if (lost.Signal is { } signal)
            details["Signal"] = signal.ToString(CultureInfo.InvariantCulture);
        if (lost.MemoryPeakBytes is { } peak)
            details["MemoryPeakBytes"] = peak.ToString(CultureInfo.InvariantCulture);
        if (lost.MemoryLimitBytes is { } limit)
            details["MemoryLimitBytes"] = limit.ToString(CultureInfo.InvariantCulture);
        details["Reason"] = lost.Reason.ToString();
        details["LastOutput"] = string.Join('\n', lost.LastOutput);
        return details;
    }

    [SuppressMessage("Usage", "CA2201", Justification = "They are rebuilt, not raised: the far side threw exactly these.")]
    private static IEnumerable<KnownException> Framework() =>
    [
        new(typeof(AggregateException), (r, _, _) => new AggregateException(r.Message))
        {
            CreateFromMany = (r, causes) => new AggregateException(r.Text ?? r.Message, causes),
            Suffix = e => new AggregateException("", ((AggregateException)e).InnerExceptions).Message,
        },

        // Arguments: their messages end with the parameter's name, which the constructor adds again.
        new(typeof(ArgumentException), (r, _, c) => new ArgumentException(r.Text ?? r.Message, r.Detail("ParamName"), c))
        {
            Details = e => One("ParamName", ((ArgumentException)e).ParamName),
            Suffix = e => new ArgumentException("", ((ArgumentException)e).ParamName).Message,
        },
        new(typeof(ArgumentNullException), (r, _, c) => r.Detail("ParamName") is { } name && c is null
            ? new ArgumentNullException(name, r.Text ?? r.Message)
            : new ArgumentNullException(r.Message, c))
        {
            Details = e => One("ParamName", ((ArgumentException)e).ParamName),
            Suffix = e => new ArgumentNullException(((ArgumentException)e).ParamName, "").Message,
        },
        new(typeof(ArgumentOutOfRangeException), (r, _, c) => r.Detail("ParamName") is { } name && c is null
            ? new ArgumentOutOfRangeException(name, ActualValue.Parse(r.Detail("ActualValue")), r.Text ?? r.Message)
            : new ArgumentOutOfRangeException(r.Message, c))
        {
            Details = e => DetailsOf((ArgumentOutOfRangeException)e),
            Suffix = e => new ArgumentOutOfRangeException(
                ((ArgumentException)e).ParamName, ((ArgumentOutOfRangeException)e).ActualValue, "").Message,
        },
        new(typeof(ObjectDisposedException), (r, _, c) => r.Detail("ObjectName") is { Length: > 0 } name && c is null
            ? new ObjectDisposedException(name, r.Text ?? r.Message)
            : new ObjectDisposedException(r.Message, c))
        {
            Details = e => One("ObjectName", ((ObjectDisposedException)e).ObjectName),
            Suffix = e => new ObjectDisposedException(((ObjectDisposedException)e).ObjectName, "").Message,
        },
        new(typeof(FileNotFoundException), (r, _, c) => new FileNotFoundException(r.Message, r.Detail("FileName"), c))
        {
            Details = e => One("FileName", ((FileNotFoundException)e).FileName),
        },
        new(typeof(FileLoadException), (r, _, c) => new FileLoadException(r.Message, r.Detail("FileName"), c))
        {
            Details = e => One("FileName", ((FileLoadException)e).FileName),
        },
        new(typeof(BadImageFormatException), (r, _, c) => new BadImageFormatException(r.Message, r.Detail("FileName"), c))
        {
            Details = e => One("FileName", ((BadImageFormatException)e).FileName),
        },
        new(typeof(TypeInitializationException), (r, _, c) => new TypeInitializationException(r.Detail("TypeName"), c))
        {
            Details = e => One("TypeName", ((TypeInitializationException)e).TypeName),
        },
        new(typeof(HttpRequestException), (r, _, c) => new HttpRequestException(
            Enum.TryParse(r.Detail("HttpRequestError"), out HttpRequestError error) ? error : HttpRequestError.Unknown,
            r.Message, c, Enum.TryParse(r.Detail("StatusCode"), out HttpStatusCode status) ? status : null))
        {
            Details = e => DetailsOf((HttpRequestException)e),
        },
        new(typeof(JsonException), (r, _, c) => new JsonException(
            r.Message, r.Detail("Path"), Number(r.Detail("LineNumber")), Number(r.Detail("BytePositionInLine")), c))
        {
            Details = e => DetailsOf((JsonException)e),
        },
        new(typeof(SocketException), (r, _, _) => new SocketException((int)(Number(r.Detail("ErrorCode")) ?? 0), r.Message))
        {
            // Not ErrorCode: that is the platform's own number, while the constructor takes the common one.
            Details = e => One("ErrorCode", ((int)((SocketException)e).SocketErrorCode).ToString(CultureInfo.InvariantCulture)),
        },
        new(typeof(Win32Exception), (r, _, _) => new Win32Exception((int)(Number(r.Detail("ErrorCode")) ?? 0), r.Message))
        {
            Details = e => One("ErrorCode", ((Win32Exception)e).NativeErrorCode.ToString(CultureInfo.InvariantCulture)),
        },
        Plain((m, c) => new AmbiguousMatchException(m, c)),
        Plain((m, c) => new ApplicationException(m, c)),
        Plain((m, c) => new ArithmeticException(m, c)),
        Plain((m, c) => new ArrayTypeMismatchException(m, c)),
        Plain((m, c) => new AuthenticationException(m, c)),
        Plain((m, c) => new ChannelClosedException(m, c)),
        Plain((m, c) => new CryptographicException(m, c)),
        Plain((m, c) => new DirectoryNotFoundException(m, c)),
        Plain((m, c) => new DivideByZeroException(m, c)),
        Plain((m, c) => new DllNotFoundException(m, c)),
        Plain((m, c) => new DriveNotFoundException(m, c)),
        Plain((m, c) => new EndOfStreamException(m, c)),
        Plain((m, c) => new EntryPointNotFoundException(m, c)),
        Plain((m, c) => new Exception(m, c)),
        Plain((m, c) => new FieldAccessException(m, c)),
        Plain((m, c) => new FormatException(m, c)),
        Plain((m, c) => new IndexOutOfRangeException(m, c)),
        Plain((m, c) => new InsufficientExecutionStackException(m, c)),
        Plain((m, c) => new InvalidCastException(m, c)),
        Plain((m, c) => new InvalidDataException(m, c)),
        Plain((m, c) => new InvalidOperationException(m, c)),
        Plain((m, c) => new InvalidProgramException(m, c)),
        Plain((m, c) => new IOException(m, c)),
        Plain((m, c) => new KeyNotFoundException(m, c)),
        Plain((m, c) => new LockRecursionException(m, c)),
        Plain((m, c) => new MemberAccessException(m, c)),
        Plain((m, c) => new MethodAccessException(m, c)),
        Plain((m, c) => new MissingFieldException(m, c)),
        Plain((m, c) => new MissingMemberException(m, c)),
        Plain((m, c) => new MissingMethodException(m, c)),
        Plain((m, c) => new NotImplementedException(m, c)),
        Plain((m, c) => new NotSupportedException(m, c)),
        Plain((m, c) => new NullReferenceException(m, c)),
        Plain((m, c) => new OperationCanceledException(m, c)),
        Plain((m, c) => new OutOfMemoryException(m, c)),
        Plain((m, c) => new OverflowException(m, c)),
        Plain((m, c) => new PathTooLongException(m, c)),
        Plain((m, c) => new PlatformNotSupportedException(m, c)),
        Plain((m, c) => new RankException(m, c)),
        Plain((m, c) => new SecurityException(m, c)),
        Plain((m, c) => new SemaphoreFullException(m, c)),
        Plain((m, c) => new SynchronizationLockException(m, c)),
        Plain((m, c) => new TargetInvocationException(m, c)),
        Plain((m, c) => new TaskCanceledException(m, c)),
        Plain((m, c) => new ThreadStateException(m, c)),
        Plain((m, c) => new TimeoutException(m, c)),
        Plain((m, c) => new TimeZoneNotFoundException(m, c)),
        Plain((m, c) => new TypeLoadException(m, c)),
        Plain((m, c) => new UnauthorizedAccessException(m, c)),
        Plain((m, c) => new UnreachableException(m, c)),
        Plain((m, c) => new UriFormatException(m, c)),
    ];

    private static Dictionary<string, string> DetailsOf(ArgumentOutOfRangeException error)
    {
        Dictionary<string, string> details = One("ParamName", error.ParamName);
        if (error.ActualValue is { } value)
            details["ActualValue"] = ActualValue.Format(value);
        return details;
    }

    private static Dictionary<string, string> DetailsOf(HttpRequestException error)
    {
        Dictionary<string, string> details = One("StatusCode", error.StatusCode?.ToString());
        details["HttpRequestError"] = error.HttpRequestError.ToString();
        return details;
    }

    private static Dictionary<string, string> DetailsOf(JsonException error)
    {
        Dictionary<string, string> details = One("Path", error.Path);
        if (error.LineNumber is { } line)
            details["LineNumber"] = line.ToString(CultureInfo.InvariantCulture);
        if (error.BytePositionInLine is { } position)
            details["BytePositionInLine"] = position.ToString(CultureInfo.InvariantCulture);
        return details;
    }

    private static long? Number(string? text) => long.TryParse(text, CultureInfo.InvariantCulture, out long number) ? number : null;
}
