using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Codec;

/// <summary>
/// Writes an exception as the body of an error frame and rebuilds it on the other side: a map by name, so that either side may know
/// more than the other. What is rebuilt is decided by <see cref="KnownExceptions"/> and the registered contracts alone: a name
/// on the wire chooses among those and constructs nothing else.
/// </summary>
public static class ErrorCodec
{
    /// <summary>Deeper than any chain written: see <see cref="ErrorDetail.Full"/>.</summary>
    private const int MaxReadDepth = 64;

    /// <summary>More than are written: an exception takes far more memory than the byte that an empty one is on the wire.</summary>
    private const int MaxReadErrors = 1024;

    /// <summary>Writes an exception. It never fails for what the exception holds: what cannot be read or does not fit is cut, with a note.</summary>
    /// <param name="output">Where the body goes.</param>
    /// <param name="error">The exception.</param>
    /// <param name="host">The host on which it happened.</param>
    /// <param name="worker">The worker in which it happened.</param>
    /// <param name="callId">The call in which it happened.</param>
    public static void Write(BodyBuffer output, Exception error, string host, string worker, string callId)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(error);

        // The whole is built aside: an error that does not fit is written again with less, not half.
        using var body = new BodyBuffer { MaxBytes = Math.Max(output.MaxBytes - output.Count, ErrorDetail.Least.MaxBytes) };
        foreach (ErrorDetail detail in (ReadOnlySpan<ErrorDetail>)[ErrorDetail.Full, ErrorDetail.Short, ErrorDetail.Least])
        {
            body.Reset();
            ErrorReport report = new ErrorReporter(detail, host, worker, callId).Report(error);
            try
            {
                var writer = new WireWriter(body, ObjectForm.Map, WireLimits.Default.MaxDepth);
                Write(ref writer, report);
                writer.Flush();
                break;
            }
            catch (Exception e) when (detail != ErrorDetail.Least && e is BodyTooLargeException or RemoteSerializationException)
            {
                // The next detail is smaller; the last always fits.
            }
        }

        ReadOnlySpan<byte> written = body.Written.Span;
        written.CopyTo(output.GetSpan(written.Length));
        output.Advance(written.Length);
    }

    /// <summary>Rebuilds an exception, with its <see cref="RemoteFault"/> attached and the far stack in front of its own.</summary>
    /// <param name="body">The body of an error frame.</param>
    /// <param name="limits">What is accepted.</param>
    /// <returns>The exception, not yet thrown.</returns>
    /// <exception cref="RemoteSerializationException">The body is malformed.</exception>
    public static Exception Read(ReadOnlyMemory<byte> body, WireLimits limits)
    {
        try
        {
            var reader = new WireReader(body, limits);
            int left = MaxReadErrors;
            return KnownExceptions.Rebuild(Read(ref reader, MaxReadDepth, ref left), limits);
        }
        catch (Exception e)
        {
            throw WireReader.Translate(e);
        }
    }

    private static void Write(ref WireWriter writer, ErrorReport report)
    {
        writer.BeginObject(12);
        writer.Member("type"u8);
        writer.WriteString(report.TypeName);
        writer.Member("bases"u8);
        writer.BeginArray(report.BaseTypeNames.Count);
        foreach (string name in report.BaseTypeNames)
            writer.WriteString(name);
        writer.EndArray();
        writer.Member("message"u8);
        writer.WriteString(report.Message);
        writer.Member("text"u8);
        writer.WriteString(report.Text);
        writer.Member("stack"u8);
        writer.WriteString(report.StackTrace);
        writer.Member("host"u8);
        writer.WriteString(report.Host);
        writer.Member("worker"u8);
        writer.WriteString(report.Worker);
        writer.Member("call"u8);
        writer.WriteString(report.CallId);
        writer.Member("hresult"u8);
        writer.WriteInt32(report.HResult);
        writer.Member("details"u8);
        writer.BeginMap(report.Details.Count);
        foreach ((string name, string value) in report.Details)
        {
            writer.WriteString(name);
            writer.WriteString(value);
        }

        writer.EndMap();
        writer.Member("inner"u8);
        writer.BeginArray(report.Inner.Count);
        foreach (ErrorReport inner in report.Inner)
            Write(ref writer, inner);
        writer.EndArray();
        writer.Member("data"u8);
        if (report.Data is { } data)
            writer.WriteEncoded(data.Span);
        else
            writer.WriteNil();
        writer.EndObject();
    }

    private static ErrorReport Read(ref WireReader reader, int depth, ref int left)
    {
        if (--left < 0)
            throw WireReader.Malformed($"the error has more than {MaxReadErrors} causes");
        if (depth == 0)
            throw WireReader.Malformed($"the error's causes are nested more than {MaxReadDepth} levels deep");
        int members = reader.BeginObject(out ObjectForm form);
        if (form != ObjectForm.Map)
            throw WireReader.Malformed("the error's body is not a map");
        var report = new ErrorReport { TypeName = "", Message = "" };
        for (int i = 0; i < members; i++)
        {
            ReadOnlySpan<byte> name = reader.ReadMemberName();
            if (name.SequenceEqual("type"u8))
                report = report with { TypeName = Text(ref reader) };
            else if (name.SequenceEqual("bases"u8))
                report = report with { BaseTypeNames = ReadNames(ref reader) };
            else if (name.SequenceEqual("message"u8))
                report = report with { Message = Text(ref reader) };
            else if (name.SequenceEqual("text"u8))
                report = report with { Text = reader.ReadString() };
            else if (name.SequenceEqual("stack"u8))
                report = report with { StackTrace = Text(ref reader) };
            else if (name.SequenceEqual("host"u8))
                report = report with { Host = Text(ref reader) };
            else if (name.SequenceEqual("worker"u8))
                report = report with { Worker = Text(ref reader) };
            else if (name.SequenceEqual("call"u8))
                report = report with { CallId = Text(ref reader) };
            else if (name.SequenceEqual("hresult"u8))
                report = report with { HResult = reader.ReadInt32() };
            else if (name.SequenceEqual("details"u8))
                report = report with { Details = ReadDetails(ref reader) };
            else if (name.SequenceEqual("inner"u8))
                report = report with { Inner = ReadInner(ref reader, depth, ref left) };
            else if (name.SequenceEqual("data"u8))
                report = report with { Data = reader.TryReadNil() ? null : reader.ReadEncoded() };
            else
                reader.Skip();
        }

        reader.EndObject();
        return report;
    }

    private static string Text(ref WireReader reader) => reader.ReadString() ?? "";

    private static List<string> ReadNames(ref WireReader reader)
    {
        var names = new List<string>();
        for (int left = reader.BeginArray(); left > 0; left--)
            names.Add(Text(ref reader));
        reader.EndArray();
        return names;
    }

    private static Dictionary<string, string> ReadDetails(ref WireReader reader)
    {
        var details = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int left = reader.BeginMap(); left > 0; left--)
            details[Text(ref reader)] = Text(ref reader);
        reader.EndMap();
        return details;
    }

    private static List<ErrorReport> ReadInner(ref WireReader reader, int depth, ref int left)
    {
        var inner = new List<ErrorReport>();
        for (int more = reader.BeginArray(); more > 0; more--)
            inner.Add(Read(ref reader, depth - 1, ref left));
        reader.EndArray();
        return inner;
    }
}
