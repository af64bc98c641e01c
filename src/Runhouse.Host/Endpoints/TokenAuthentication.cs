using System.Text;
using Runhouse.Host.Hosting;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Endpoints;

/// <summary>Lets requests through that carry the host's token. It runs before routing and before a byte of a body is read.</summary>
internal sealed class TokenAuthentication(HostCredentials credentials)
{
    private const string Scheme = "Bearer ";

    private static readonly HostRefusal NoToken = new(
        StatusCodes.Status401Unauthorized,
        HostErrorCode.NoToken,
        "The request has no token. Send 'Authorization: Bearer TOKEN' with the token from the host's host.json.");

    private static readonly HostRefusal WrongToken = new(
        StatusCodes.Status403Forbidden,
        HostErrorCode.WrongToken,
        "The token is wrong. The host makes a new one at each start and every so often: read host.json again.");

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path.Value is "/healthz" or "/readyz")
            return next(context);

        string? header = context.Request.Headers.Authorization;
        if (header is null || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return RefuseAsync(context, NoToken);

        byte[] sent = Encoding.UTF8.GetBytes(header[Scheme.Length..].Trim());
        return credentials.Takes(sent) ? next(context) : RefuseAsync(context, WrongToken);
    }

    // Whatever body follows belongs to nobody we know: the connection ends instead of reading it.
    private static Task RefuseAsync(HttpContext context, HostRefusal refusal)
    {
        context.Response.Headers.Connection = "close";
        if (refusal.Status == StatusCodes.Status401Unauthorized)
            context.Response.Headers.WWWAuthenticate = "Bearer";
        return JsonReply.RefuseAsync(context, refusal);
    }
}
