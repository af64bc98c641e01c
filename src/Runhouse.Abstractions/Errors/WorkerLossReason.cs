namespace Runhouse;

/// <summary>Why a worker ended.</summary>
public enum WorkerLossReason
{
    /// <summary>The process ended by itself: an unhandled exception, <c>FailFast</c>, a stack overflow or a native abort.</summary>
    Crashed,

    /// <summary>Somebody ended the process.</summary>
    Killed,

    /// <summary>The kernel or the runtime ended the process for want of memory.</summary>
    OutOfMemory,

    /// <summary>The host ended the process because a call ignored its cancellation long after its deadline, or because it gave no sign of life.</summary>
    Hung,

    /// <summary>The provider of the machine, a spot machine, has taken it back, or its scheduler has given it to somebody who goes before.</summary>
    Preempted,

    /// <summary>The scheduler of the machine has ended it: its time was over, it failed, it used more than it was given, or whoever runs it has had it deleted.</summary>
    Evicted,

    /// <summary>How it ended is not known: its host ended with it, or has forgotten it since.</summary>
    Unknown,
}
