using System.IO.Pipelines;
using Runhouse.Protocol.Resumption;

namespace Runhouse.Protocol.Tests.Framing;

/// <summary>Transports of which a test uses one direction.</summary>
internal static class Wire
{
    /// <summary>What a session writes into a pipe.</summary>
    public static RetainingWriter Into(PipeWriter output)
        => new ResumableTransport(new End(new Pipe().Reader, output), WireLimits.Default.MaxUnacknowledgedBytes, TimeProvider.System).Output;

    /// <summary>What a session reads from a pipe.</summary>
    public static ResumableReader From(PipeReader input)
        => new ResumableTransport(new End(input, new Pipe().Writer), WireLimits.Default.MaxUnacknowledgedBytes, TimeProvider.System).Input;

    private sealed record End(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
