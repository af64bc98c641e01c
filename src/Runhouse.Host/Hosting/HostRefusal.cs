using Runhouse.Protocol.Control;

namespace Runhouse.Host.Hosting;

/// <summary>A request that the host refuses: what happened, to what, and what to do next.</summary>
internal sealed class HostRefusal(int status, string code, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    /// <summary>How the worker ended over which the request failed; null when it is not about one.</summary>
    public WorkerStatus? Worker { get; private init; }

    public static HostRefusal Invalid(string message) => new(StatusCodes.Status422UnprocessableEntity, HostErrorCode.Invalid, message);

    public static HostRefusal NotFound(string message) => new(StatusCodes.Status404NotFound, HostErrorCode.NotFound, message);

    public static HostRefusal Transfer(string message) => new(StatusCodes.Status422UnprocessableEntity, HostErrorCode.Transfer, message);

    public static HostRefusal DidNotStart(string message) => new(StatusCodes.Status409Conflict, HostErrorCode.DidNotStart, message);

    public static HostRefusal DidNotStart(WorkerStatus worker, string message) => new(StatusCodes.Status409Conflict, HostErrorCode.DidNotStart, message) { Worker = worker };

    public static HostRefusal Capacity(string message) => new(StatusCodes.Status503ServiceUnavailable, HostErrorCode.Capacity, message);

    public static HostRefusal Stopping() => new(
        StatusCodes.Status503ServiceUnavailable, HostErrorCode.Stopping, "The host is stopping. Start it again, or let the next call start it.");
}
