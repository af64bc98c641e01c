namespace Runhouse.Providers.Compute;

/// <summary>A zone, and what becomes of requests for machines in it.</summary>
public sealed class FakeZone
{
    private readonly Queue<(string Code, string Message, int Status)> _errors = [];
    private readonly Queue<string?> _deaths = [];

    internal FakeZone(string name) => (Name, Region) = (name, name[..name.LastIndexOf('-')]);

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Its region.</summary>
    public string Region { get; }

    /// <summary>How many more machines it has; null for any number.</summary>
    public int? Capacity { get; set; }

    /// <summary>Whether it does not answer those who list machines.</summary>
    public bool IsUnreachable { get; set; }

    /// <summary>The types that it does not have.</summary>
    public HashSet<string> MissingTypes { get; } = [];

    /// <summary>Refuses a request, or not.</summary>
    public Func<ComputeRequest, ComputeRefusalException?> Refusal { get; set; } = static _ => null;

    /// <summary>Its machines.</summary>
    public Dictionary<string, FakeInstance> Instances { get; } = new(StringComparer.Ordinal);

    /// <summary>Fails what the next request begins, after it was accepted.</summary>
    public void FailNext(string code, string message, int status = 400) => _errors.Enqueue((code, message, status));

    /// <summary>Lets the next machine end once it was made.</summary>
    /// <param name="status">The status that it has then; null for a machine that is gone.</param>
    public void KillNext(string? status) => _deaths.Enqueue(status);

    internal (string Code, string Message, int Status)? NextError(string type)
    {
        if (_errors.TryDequeue(out (string, string, int) error))
            return error;
        if (Capacity == 0)
            return ("ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS", $"The zone 'projects/tests/zones/{Name}' does not have enough resources available to fulfill the request '{type}'.", 503);
        Capacity--;
        return null;
    }

    internal (bool Dies, string? Status) NextDeath() => (_deaths.TryDequeue(out string? status), status);
}
