using System.Text.Json;
using Runhouse.Host.Hosting;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Endpoints;

/// <summary>Turns what a request ended with into an answer that says what to do next.</summary>
internal sealed partial class RefusalReplies(IdleWatch idle, ILogger<RefusalReplies> log)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        // Whoever looks on does not keep a machine up by looking.
        bool counts = !IsLook(context.Request);
        if (counts && !idle.TryBeginRequest())
        {
            await JsonReply.RefuseAsync(context, HostRefusal.Stopping()).ConfigureAwait(false);
            return;
        }

        try
        {
            await next(context).ConfigureAwait(false);
            if (context.Response is { StatusCode: StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed, HasStarted: false })
            {
                await JsonReply.RefuseAsync(context, new HostRefusal(
                    context.Response.StatusCode,
                    HostErrorCode.NotFound,
                    $"The host has no {context.Request.Method} {context.Request.Path}. Caller and host may be of different versions.")).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to answer.
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            await JsonReply.RefuseAsync(context, RefusalOf(exception, context)).ConfigureAwait(false);
        }
        finally
        {
            if (counts)
                idle.EndRequest();
        }
    }

    private static bool IsLook(HttpRequest request) => request.Path.Value is "/v1/status" or "/v1/credentials" or "/v1/logs" or "/healthz" or "/readyz"
        || (request.Path.Value is "/v1/calls" && HttpMethods.IsGet(request.Method));

    private HostRefusal RefusalOf(Exception exception, HttpContext context)
    {
        switch (exception)
        {
            case HostRefusal refusal:
                return refusal;
            case FileTransferException transfer:
                return HostRefusal.Transfer(transfer.Message);
            case JsonException json:
                return HostRefusal.Invalid($"The body is not the JSON that {context.Request.Path} takes: {json.Message}");
            case BadHttpRequestException bad:
                return new HostRefusal(bad.StatusCode, HostErrorCode.Invalid, $"The request is refused: {bad.Message} Send it again in full.");
            default:
                LogFailed(context.Request.Method, context.Request.Path, exception);
                return new HostRefusal(
                    StatusCodes.Status500InternalServerError,
                    HostErrorCode.Failed,
                    $"The host failed at {context.Request.Method} {context.Request.Path}: {exception.GetType().Name}: {exception.Message} Its log, logs/host.log in the host's folder, has the details.");
        }
    }

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed")]
    private partial void LogFailed(string method, string path, Exception exception);
}
