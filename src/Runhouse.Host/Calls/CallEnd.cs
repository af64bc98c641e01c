using System.Text.Json;
using Runhouse.Host.Hosting;
using Runhouse.Protocol;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Calls;

/// <summary>How a detached call ends. Dispose it once it is kept.</summary>
/// <param name="State">What has become of it.</param>
/// <param name="Kind">What its outcome is (<see cref="CallOutcome"/>); null for none.</param>
/// <param name="Body">The outcome.</param>
internal sealed record CallEnd(CallState State, string? Kind = null, ReadOnlyMemory<byte> Body = default) : IDisposable
{
    private CarriedOutcome? _owner;

    /// <summary>Who cancelled it; null when nobody did.</summary>
    public string? CancelledBy { get; init; }

    /// <summary>Whether the worker has not taken it, for want of room or since another worker has its object by now, so that nothing of it ran.</summary>
    public bool IsRefusal { get; private init; }

    /// <summary>What the worker has answered.</summary>
    /// <param name="outcome">The answer; from now on the end's own.</param>
    /// <param name="limits">What is accepted.</param>
    public static CallEnd Of(CarriedOutcome outcome, WireLimits limits)
    {
        ReadOnlyMemory<byte> body = outcome.Body;
        if (!outcome.IsError)
            return new CallEnd(CallState.Completed, CallOutcome.Result, body) { _owner = outcome };

        // What the called code has thrown has a stack: that code has run.
        bool isRefusal = ErrorCodec.Read(body, limits) is OverloadedException { Fault: not { StackTrace.Length: > 0 } } or ObjectMovedException { Fault: not { StackTrace.Length: > 0 } };
        return new CallEnd(CallState.Failed, CallOutcome.Error, body) { IsRefusal = isRefusal, _owner = outcome };
    }

    /// <summary>The worker has ended with the call in it.</summary>
    public static CallEnd Lost(WorkerStatus fate) => new(CallState.Failed, CallOutcome.WorkerLost, JsonSerializer.SerializeToUtf8Bytes(fate, ControlJson.Default.WorkerStatus));

    /// <summary>The connection has no room for the call.</summary>
    public static CallEnd Overloaded(OverloadedException error) => Refused(new HostRefusal(StatusCodes.Status503ServiceUnavailable, HostErrorCode.Failed, error.Message)) with { IsRefusal = true };

    /// <summary>The host cannot run it.</summary>
    public static CallEnd Refused(HostRefusal refusal)
        => new(CallState.Failed, CallOutcome.Refused, JsonSerializer.SerializeToUtf8Bytes(new HostError(refusal.Code, refusal.Message), ControlJson.Default.HostError));

    /// <inheritdoc/>
    public void Dispose() => _owner?.Dispose();
}
