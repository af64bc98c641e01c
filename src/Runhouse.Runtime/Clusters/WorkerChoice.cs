using Runhouse.Protocol.Control;
using Runhouse.Runtime.Client;

namespace Runhouse.Runtime.Clusters;

/// <summary>Which worker of a deployment calls go to.</summary>
/// <param name="Needs">What its members need.</param>
/// <param name="Process">The named process; null for the worker of all members with the same needs.</param>
/// <param name="Wait">How long to wait for what others hold; null where nobody has said it.</param>
internal sealed record WorkerChoice(Resources Needs, RemoteProcess? Process, TimeSpan? Wait)
{
    /// <summary>How long callers wait that say nothing, nor their configuration. A detached call waits for as long as it takes then.</summary>
    private static readonly TimeSpan DefaultWait = TimeSpan.FromMinutes(1);

    /// <summary>The worker of members that need nothing in particular.</summary>
    public static WorkerChoice Plain { get; } = new(Resources.None, null, null);

    /// <summary>Whether a worker will do whose code somebody is changing while it runs.</summary>
    public bool AcceptsChanges { get; init; }

    /// <summary>The choice in the words of the host; null for the plain worker outside of any image's environment, which needs no words unless it has to start there.</summary>
    /// <param name="environment">The id of the image's environment; null for none.</param>
    /// <param name="isLenient">Whether the code has to start there, whatever the machine has.</param>
    public WorkerRequest? ToRequest(string? environment, bool isLenient)
    {
        if (Needs == Resources.None && Process is null && environment is null && !AcceptsChanges && !isLenient)
            return null;
        return WorkerRequest.For(Needs) with
        {
            Environment = environment,
            IsLenient = isLenient,
            WaitSeconds = (Wait ?? DefaultWait).TotalSeconds,
            Process = Process?.Name,
            AcceptsChanges = AcceptsChanges,
            Variables = Process is null ? new Dictionary<string, string>() : new Dictionary<string, string>(Process.Variables),
        };
    }
}
