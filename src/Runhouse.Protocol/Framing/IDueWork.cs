namespace Runhouse.Protocol.Framing;

/// <summary>
/// Work that a read has brought: a call to run, a result to hand to its caller. It needs nothing of the transport's memory. As an item of
/// the thread pool it measures itself; whoever calls <see cref="Run"/> does the measuring.
/// </summary>
public interface IDueWork : IThreadPoolWorkItem
{
    /// <summary>How long such work has kept its thread so far; decides where it runs. Asked before the work runs: behind it, it is another call's.</summary>
    Pace Pace { get; }

    /// <summary>Does the work on this thread.</summary>
    void Run();

    /// <summary>Does the work on another thread.</summary>
    void Dispatch();
}
