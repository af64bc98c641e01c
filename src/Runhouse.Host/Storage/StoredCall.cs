using System.Globalization;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Storage;

/// <summary>A detached call as the store has it.</summary>
internal sealed class StoredCall(DetachedCall call, CallStatus status)
{
    /// <summary>What is to be run.</summary>
    public DetachedCall Call { get; } = call;

    /// <summary>What became of it.</summary>
    public CallStatus Status { get; } = status with
    {
        Member = call.Member,
        Deployment = call.Deployment,
        Object = call.ObjectId == 0 ? null : call.ObjectName ?? call.ObjectId.ToString("x16", CultureInfo.InvariantCulture),
    };
}
