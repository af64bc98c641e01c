using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Runhouse.Host.Calls;
using Runhouse.Host.Hosting;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Endpoints;

/// <summary>The calls of this host: those in flight, and the detached ones.</summary>
internal sealed class CallEndpoints(HostSettings settings, LiveCalls live, DetachedCalls detached, IHostApplicationLifetime lifetime, TimeProvider time)
{
    private const int IdLength = 16;

    /// <summary>How long the description of a call may be: the variables of a named process are in it.</summary>
    private const int MaxDescribedBytes = 1 << 20;

    private const string BodyForm = "The body is the length of a DetachedCall as JSON, in four bytes, the lowest first; that JSON, up to 1 MiB; and the arguments in map form.";
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/calls", ListAsync);
        routes.MapPost("/v1/calls/cancel", CancelAsync);
        routes.MapPut("/v1/calls/{id}", SpawnAsync);
        routes.MapGet("/v1/calls/{id}", GetAsync);
        routes.MapGet("/v1/calls/{id}/outcome", OutcomeAsync);
        routes.MapGet("/v1/calls/{id}/events", EventsAsync);
    }

    private async Task ListAsync(HttpContext context)
    {
        CallListing listing = await live.ListAsync(context.RequestAborted).ConfigureAwait(false);
        CallStatus[] all = [.. listing.Calls.Concat(await Task.Run(detached.All).ConfigureAwait(false)).OrderBy(static one => one.CreatedAt)];
        await JsonReply.WriteAsync(context, listing with { Calls = all }, ControlJson.Default.CallListing).ConfigureAwait(false);
    }

    private async Task CancelAsync(HttpContext context)
    {
        // In the query: the id of a call in flight has a slash.
        string id = context.Request.Query["id"] is [{ Length: > 0 } given] ? given : throw HostRefusal.Invalid("A call is named by ?id=ID, once.");
        string by = CallerName.Of(context) is { Length: > 0 } caller ? caller : "a caller that did not say who it is";
        if (!await detached.TryCancelAsync(id, by, context.RequestAborted).ConfigureAwait(false))
            await live.CancelAsync(id, by, context.RequestAborted).ConfigureAwait(false);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task SpawnAsync(HttpContext context)
    {
        string id = IdOf(context);
        long most = settings.Limits.MaxBodyBytes + (long)sizeof(int) + MaxDescribedBytes;
        ContentRequest.LimitBody(context, most);
        if (context.Request.ContentLength is not { } length || length > most)
            throw HostRefusal.Invalid($"A call comes as a body of a known length, its arguments up to {settings.Limits.MaxBodyBytes} bytes. Put large data there (cluster.Objects) and pass its key.");
        if (length < sizeof(int))
            throw HostRefusal.Invalid(BodyForm);
        byte[] prefix = new byte[sizeof(int)];
        await context.Request.Body.ReadExactlyAsync(prefix, context.RequestAborted).ConfigureAwait(false);
        int described = BinaryPrimitives.ReadInt32LittleEndian(prefix);
        if (described <= 0 || described > MaxDescribedBytes || described > length - sizeof(int))
            throw HostRefusal.Invalid(BodyForm);
        byte[] json = new byte[described];
        await context.Request.Body.ReadExactlyAsync(json, context.RequestAborted).ConfigureAwait(false);
        DetachedCall call = JsonSerializer.Deserialize(json, ControlJson.Default.DetachedCall) ?? throw HostRefusal.Invalid(BodyForm);
        if (!(call.RetentionSeconds > 0 && call.RetentionSeconds <= TimeSpan.FromDays(366).TotalSeconds) || (call.Worker is null) != (call.ObjectId == 0) || (call.Worker is null && call.Deployment is null))
            throw HostRefusal.Invalid("A detached call has a retention of up to a year, and a deployment for a function, or the worker and the id of an object.");
        if (call.WaitSeconds is { } wait && !(wait >= 0))
            throw HostRefusal.Invalid("'waitSeconds' is how long to wait for capacity: 0 or more, or nothing for as long as it takes.");
        byte[] arguments = new byte[length - sizeof(int) - described];
        await context.Request.Body.ReadExactlyAsync(arguments, context.RequestAborted).ConfigureAwait(false);
        string caller = CallerName.Of(context);
        await Task.Run(() => detached.SpawnAsync(id, call, caller, arguments, context.RequestAborted)).ConfigureAwait(false);
        context.Response.StatusCode = StatusCodes.Status201Created;
    }

    private async Task GetAsync(HttpContext context)
    {
        string id = IdOf(context);
        await Task.Run(() => detached.Get(id)).ConfigureAwait(false);
        if ((string?)context.Request.Query["wait"] is { } wait)
        {
            if (!double.TryParse(wait, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) || !double.IsFinite(seconds))
                throw HostRefusal.Invalid("'wait' is a number of seconds, up to 60.");
            await WaitAsync(id, TimeSpan.FromSeconds(Math.Min(seconds, LongestWait.TotalSeconds)), context.RequestAborted).ConfigureAwait(false);
        }

        await JsonReply.WriteAsync(context, await Task.Run(() => detached.Get(id)).ConfigureAwait(false), ControlJson.Default.CallStatus).ConfigureAwait(false);
    }

    private async Task WaitAsync(string id, TimeSpan wait, CancellationToken aborted)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(aborted, lifetime.ApplicationStopping);
        try
        {
            await detached.EndOfAsync(id).WaitAsync(wait, time, ending.Token).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The answer says that it still runs.
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            throw HostRefusal.Stopping();
        }
    }

    private async Task OutcomeAsync(HttpContext context)
    {
        string id = IdOf(context);
        (string kind, byte[] body) = await Task.Run(() => detached.Outcome(id)).ConfigureAwait(false);
        context.Response.Headers[CallOutcome.Header] = kind;
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    }

    private async Task EventsAsync(HttpContext context)
    {
        string id = IdOf(context);
        await Task.Run(() => detached.Get(id)).ConfigureAwait(false);
        if (!long.TryParse((string?)context.Request.Query["after"] ?? "0", NumberStyles.None, CultureInfo.InvariantCulture, out long after))
            throw HostRefusal.Invalid("'after' is the number of the last event that is not wanted.");
        bool follow = (string?)context.Request.Query["follow"] is "true";
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        context.Response.ContentType = "application/x-ndjson";
        await context.Response.StartAsync(ending.Token).ConfigureAwait(false);
        try
        {
            await foreach (string line in detached.EventsOf(id).ReadAsync(after, follow, ending.Token).ConfigureAwait(false))
            {
                await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), ending.Token).ConfigureAwait(false);
                await context.Response.Body.FlushAsync(ending.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Not the end of the events: a broken answer tells whoever follows to ask the next host.
            context.Abort();
        }
    }

    private static string IdOf(HttpContext context)
    {
        string id = (string)context.Request.RouteValues["id"]!;
        return id.Length == IdLength && id.All(char.IsAsciiHexDigitLower) ? id : throw HostRefusal.Invalid($"The id of a detached call has {IdLength} hexadecimal digits.");
    }
}
