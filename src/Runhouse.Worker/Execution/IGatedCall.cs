namespace Runhouse.Worker.Execution;

/// <summary>A call that waits its turn at a <see cref="ConcurrencyGate"/>.</summary>
internal interface IGatedCall
{
    /// <summary>Its turn has come. Must hand the work to other threads and return.</summary>
    void Start();
}
