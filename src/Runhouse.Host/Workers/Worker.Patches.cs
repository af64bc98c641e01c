using Runhouse.Host.Deployments;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Workers;

/// <content>Code that is changed while it runs.</content>
internal sealed partial class Worker
{
    private static readonly TimeSpan PatchPatience = TimeSpan.FromSeconds(30);

    private int _patchCount;

    /// <summary>How many patches it has applied.</summary>
    public int PatchCount => Volatile.Read(ref _patchCount);

    /// <summary>Has it change the bodies of methods.</summary>
    /// <returns>Why it did not; null when it did.</returns>
    public async Task<string?> PatchAsync(CodePatch patch, CancellationToken cancellationToken)
    {
        PatchApplied? answer = await Questions.AskAsync<PatchApplied>(number => new ApplyPatch(number, patch), cancellationToken, PatchPatience).ConfigureAwait(false);
        return answer is not null ? answer.Error : _exit is { } exit ? $"it ended with {exit}" : "it does not answer";
    }

    /// <summary>Takes it for a worker of another deployment from now on: its patches have made it one.</summary>
    public void Become(Deployment deployment) => Deployments = Deployments.Add(deployment);

    private void OnPatched(PatchApplied patched)
    {
        if (patched.Error is null)
            Interlocked.Increment(ref _patchCount);
        Questions.Answer(patched.RequestId, patched);
    }
}
