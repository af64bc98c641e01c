using System.Globalization;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Connections;

/// <summary>What is said of calls that took longer than they may.</summary>
public static class TimeLimit
{
    /// <summary>Where the limit of a call comes from.</summary>
    internal const string Options = "RemoteOptions.Timeout, or Runhouse:Calls:Timeout for every call";

    /// <summary>A time for messages, <c>0.5 s</c>.</summary>
    /// <param name="time">The time.</param>
    public static string Text(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");

    /// <summary>What is left of a limit: a moment at least, in which it passes.</summary>
    /// <param name="limit">The limit.</param>
    /// <param name="elapsed">The time that is over.</param>
    internal static TimeSpan Left(TimeSpan limit, TimeSpan elapsed) => TimeSpan.FromTicks(Math.Max(1, (limit - elapsed).Ticks));

    /// <summary>The error of a call that has begun and did not end in time.</summary>
    /// <param name="method">The called member.</param>
    /// <param name="limit">How long it might take.</param>
    /// <param name="callId">The call's id for messages; null for none.</param>
    public static RemoteTimeoutException Passed(RemoteMethod method, TimeSpan limit, string? callId)
    {
        ArgumentNullException.ThrowIfNull(method);
        string code = method.TakesNoToken
            ? "Its code takes no CancellationToken and may go on until it ends: let it take one, or raise the limit"
            : "Its code was told to stop; raise the limit if it needs longer";
        string call = callId is null ? "" : $" (call {callId})";
        return new RemoteTimeoutException($"'{method.Name}' did not end within {Text(limit)}{call}. {code} ({Options}).");
    }

    /// <summary>How a worker, which knows neither the member's name nor where the limit comes from, tells the caller that the time is over.</summary>
    /// <param name="callId">The call's id for messages.</param>
    internal static string PassedAtWorker(string callId) => $"Call {callId} did not end before its deadline and was cancelled. Raise the limit if it needs longer ({Options}).";
}
