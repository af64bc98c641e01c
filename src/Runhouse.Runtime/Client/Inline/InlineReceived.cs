using Runhouse.Protocol;
using Runhouse.Protocol.Generated;
using Runhouse.Protocol.References;

namespace Runhouse.Runtime.Client.Inline;

/// <summary>Makes the references of a result.</summary>
/// <param name="values">The values that references lead to.</param>
/// <param name="limits">What is accepted.</param>
internal sealed class InlineReceived(InlineValues values, WireLimits limits) : IReferenceReader
{
    /// <inheritdoc/>
    public RemoteRef<T> Read<T>(ulong id, WireRead<T>? readValue) => new InlineRef<T>(values, limits, id, readValue);
}
