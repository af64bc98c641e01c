using System.IO.Pipelines;

namespace Runhouse.Protocol.Tests.Connections;

/// <summary>Two ends of a connection in memory.</summary>
internal sealed class PipePair
{
    private readonly Pipe _up = new(new PipeOptions(useSynchronizationContext: false));
    private readonly Pipe _down = new(new PipeOptions(useSynchronizationContext: false));

    public PipePair() => (Caller, Worker) = (new End(_down.Reader, _up.Writer), new End(_up.Reader, _down.Writer));

    public IDuplexPipe Caller { get; }

    public IDuplexPipe Worker { get; }

    private sealed record End(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
