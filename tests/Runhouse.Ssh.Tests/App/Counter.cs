namespace Runhouse.Ssh.App;

/// <summary>A remote object with state.</summary>
[Remote]
public sealed class Counter(int start)
{
    private int _count = start;

    /// <summary>One more.</summary>
    public int Increment() => ++_count;
}
