using Runhouse.Protocol.Control;

namespace Runhouse.Host.Endpoints;

/// <summary>Who sends a request, as it says itself: for lists and messages, and never for a decision.</summary>
internal static class CallerName
{
    private const int MaxLength = 200;

    /// <summary>User, machine and process; empty when the request does not say.</summary>
    /// <param name="context">The request.</param>
    public static string Of(HttpContext context)
    {
        string name = context.Request.Headers[CallerHeader.Name].ToString();
        return name.Length <= MaxLength && !name.Any(char.IsControl) ? name : "";
    }
}
