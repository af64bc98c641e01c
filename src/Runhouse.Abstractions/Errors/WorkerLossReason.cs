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
}
