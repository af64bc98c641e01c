using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Connections;

/// <summary>Reads what the far side says to have gone wrong.</summary>
internal static class ErrorReply
{
    /// <summary>Rebuilds the error; when that fails, the failure takes its place: whoever waits for the outcome gets one in any case.</summary>
    /// <param name="body">The error's body.</param>
    /// <param name="limits">What is accepted.</param>
    public static Exception Read(ReadOnlyMemory<byte> body, WireLimits limits)
    {
        try
        {
            return ErrorCodec.Read(body, limits);
        }
        catch (RemoteException malformed)
        {
            return malformed;
        }
    }

    /// <summary>The same of a call: where the worker only knew the call's number or the member's id, the member is named here.</summary>
    /// <param name="body">The error's body.</param>
    /// <param name="limits">What is accepted.</param>
    /// <param name="method">The called member.</param>
    /// <param name="timeout">How long the call might take; null for no limit.</param>
    /// <param name="callId">The call's id for messages.</param>
    public static Exception Read(ReadOnlyMemory<byte> body, WireLimits limits, RemoteMethod method, TimeSpan? timeout, string callId)
    {
        Exception error = Read(body, limits);
        string member = method.Name;
        return error switch
        {
            ContractMismatchException when !error.Message.Contains(member, StringComparison.Ordinal)
                => new ContractMismatchException($"'{member}': {error.Message}", error) { Fault = RemoteFault.Of(error) },
            RemoteTimeoutException when timeout is { } limit && error.Message == TimeLimit.PassedAtWorker(callId)
                => TimeLimit.Passed(method, limit, callId),
            RemoteTimeoutException when !error.Message.Contains(member, StringComparison.Ordinal)
                => new RemoteTimeoutException($"'{member}': {error.Message}", error),
            RemoteSerializationException when error.Message.Contains(callId, StringComparison.Ordinal)
                => new RemoteSerializationException(error.Message.Replace("call " + callId, "'" + member + "'", StringComparison.Ordinal)) { Fault = RemoteFault.Of(error) },
            OverloadedException when !error.Message.Contains(member, StringComparison.Ordinal)
                => new OverloadedException($"'{member}': {error.Message}") { Fault = RemoteFault.Of(error) },
            _ => error,
        };
    }
}
