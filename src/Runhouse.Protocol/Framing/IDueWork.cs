namespace Runhouse.Protocol.Framing;

/// <summary>Work that a read has brought: a call to run, a result to hand to its caller. It needs nothing of the transport's memory.</summary>
public interface IDueWork : IThreadPoolWorkItem
{
    /// <summary>How long such work has kept its thread so far; decides where it runs. It measures itself.</summary>
    Pace Pace { get; }

    /// <summary>Runs the work on another thread.</summary>
    void Dispatch();
}
