namespace Runhouse.Protocol.Control;

// The generated reader sets every property, to null where the JSON has none: what may be left out says itself what it is then.

/// <summary>
/// Which worker of a deployment a caller asks for (the body of <c>POST /v1/deployments/{id}/connect</c>; without one, the worker of members that need nothing in particular).
/// Callers that ask for the same share it.
/// </summary>
public sealed record WorkerRequest
{
    /// <summary>The id of the image's environment that the worker runs in; null for none.</summary>
    public string? Environment { get; init; }

    /// <summary>The accelerators, any one of them, <c>A100:2|H100</c>; null for none.</summary>
    public string? Gpu { get; init; }

    /// <summary>Processor cores, <c>8</c> or <c>8+</c>; null for no number in particular.</summary>
    public string? Cpus { get; init; }

    /// <summary>Memory in GiB, <c>64+</c>, or <c>64</c>, which is the worker's limit as well; null for no amount in particular.</summary>
    public string? Memory { get; init; }

    /// <summary>
    /// Whether the worker starts all the same where the machine lacks the accelerators altogether, or others hold its cores and memory: code that is developed on a small
    /// machine has to start there.
    /// </summary>
    public bool IsLenient { get; init; }

    /// <summary>How long to wait, in seconds, for what others hold; 0 to be refused at once.</summary>
    public double WaitSeconds { get; init; }

    /// <summary>The name of the process: a worker of its own, for all that is put there. Null for the worker of all that has the same needs.</summary>
    public string? Process { get; init; }

    /// <summary>Environment variables of the named process, over those of the image.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init => field = value ?? new Dictionary<string, string>(); } = new Dictionary<string, string>();

    /// <summary>
    /// Whether a worker will do whose code somebody is changing while it runs (<c>runhouse watch</c>), instead of one with the deployment's own code: for callers that name
    /// the application and have no build of it.
    /// </summary>
    public bool AcceptsChanges { get; init; }

    /// <summary>The request for a worker that has what some code needs.</summary>
    /// <param name="needs">What the code needs.</param>
    public static WorkerRequest For(Resources needs)
    {
        ArgumentNullException.ThrowIfNull(needs);
        return new WorkerRequest
        {
            Gpu = needs.Accelerators.Count == 0 ? null : string.Join('|', needs.Accelerators),
            Cpus = needs.Cpus?.ToString(),
            Memory = needs.Memory?.ToString(),
        };
    }

    /// <summary>What the worker must have.</summary>
    /// <exception cref="FormatException">A value does not follow the grammar of <see cref="Resources.Parse"/>; the message names it.</exception>
    public Resources ReadNeeds() => Resources.Parse(Gpu, Cpus, Memory);
}
