namespace Runhouse.Providers.Ec2;

/// <summary>A zone, and what becomes of requests for machines in it.</summary>
public sealed class FakeZone
{
    private readonly Queue<(string Code, string Message, int Count)> _deaths = [];

    internal FakeZone(string id, string name) => (Id, Name) = (id, name);

    /// <summary>Its id, the same in all accounts: <c>use1-az1</c>.</summary>
    public string Id { get; }

    /// <summary>Its name in this account: <c>us-east-1a</c>.</summary>
    public string Name { get; }

    /// <summary>How many more machines it has; null for any number.</summary>
    public int? Capacity { get; set; }

    /// <summary>Refuses a request, or not.</summary>
    public Func<Ec2Request, Ec2Exception?> Refusal { get; set; } = static _ => null;

    /// <summary>Lets machines of the next request die after it was answered.</summary>
    /// <param name="code">The code of their state reason.</param>
    /// <param name="message">Its message.</param>
    /// <param name="count">How many of them.</param>
    public void KillNext(string code, string message, int count = int.MaxValue) => _deaths.Enqueue((code, message, count));

    internal (string Code, string Message, int Count)? NextDeath() => _deaths.TryDequeue(out (string, string, int) death) ? death : null;
}
