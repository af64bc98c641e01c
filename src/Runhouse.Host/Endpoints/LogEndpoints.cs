using System.Globalization;
using System.Text.Json;
using Runhouse.Host.Hosting;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Endpoints;

/// <summary>The host's own log and its workers' output, for those who read along.</summary>
internal sealed class LogEndpoints(LogFeed feed, IHostApplicationLifetime lifetime)
{
    private const int DefaultTail = 100;
    private const int MaxTail = 100_000;

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/logs", ReadAsync);

    private async Task ReadAsync(HttpContext context)
    {
        string? source = context.Request.Query["source"];
        string? count = context.Request.Query["tail"];
        int tail = DefaultTail;
        if (count is not null && !(int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out tail) && tail <= MaxTail))
            throw HostRefusal.Invalid($"'tail' is how many of the lines that are there already are wanted: 0 to {MaxTail}.");
        bool follow = (string?)context.Request.Query["follow"] is "true";
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        using LogReading reading = feed.Read(source, tail);
        context.Response.ContentType = "application/x-ndjson";
        await context.Response.StartAsync(ending.Token).ConfigureAwait(false);
        try
        {
            foreach (HostLogLine line in reading.Before)
                await WriteAsync(context, line, ending.Token).ConfigureAwait(false);
            await context.Response.Body.FlushAsync(ending.Token).ConfigureAwait(false);
            while (follow && await reading.Lines.WaitToReadAsync(ending.Token).ConfigureAwait(false))
            {
                while (reading.Lines.TryRead(out HostLogLine? line))
                    await WriteAsync(context, line, ending.Token).ConfigureAwait(false);
                await context.Response.Body.FlushAsync(ending.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The host ends, and its logs with it: so does the answer.
        }
    }

    private static async Task WriteAsync(HttpContext context, HostLogLine line, CancellationToken cancellationToken)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(line, ControlJson.Default.HostLogLine);
        await context.Response.Body.WriteAsync((byte[])[.. json, (byte)'\n'], cancellationToken).ConfigureAwait(false);
    }
}
