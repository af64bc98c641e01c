using System.Diagnostics;

namespace Runhouse.Benchmarks;

/// <summary>When remote code sees that its token is cancelled, by the clock that all processes of a machine share.</summary>
internal sealed class WatchedToken
{
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<long> _cancelledAt = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the token is watched.</summary>
    public Task Begun => _begun.Task;

    /// <summary>The timestamp of the cancellation.</summary>
    public Task<long> CancelledAt => _cancelledAt.Task;

    /// <summary>Watches a token until it is cancelled.</summary>
    public async Task WaitAsync(CancellationToken token)
    {
        await using CancellationTokenRegistration registration = token.UnsafeRegister(
            static watched => ((WatchedToken)watched!)._cancelledAt.TrySetResult(Stopwatch.GetTimestamp()), this);
        _begun.TrySetResult();
        await CancelledAt;
        token.ThrowIfCancellationRequested();
    }
}
