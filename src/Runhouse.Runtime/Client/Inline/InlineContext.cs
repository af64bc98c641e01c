namespace Runhouse.Runtime.Client.Inline;

/// <summary>The context of a call that runs in the caller's own process.</summary>
/// <param name="callId">The call's id.</param>
/// <param name="cancellationToken">Cancelled when the call is to end.</param>
internal sealed class InlineContext(string callId, CancellationToken cancellationToken) : RemoteContext
{
    /// <summary>What stands where a host's and a worker's name would.</summary>
    public const string Place = "inline";

    /// <inheritdoc/>
    public override string CallId => callId;

    /// <inheritdoc/>
    public override string Host => Place;

    /// <inheritdoc/>
    public override string Worker => Place;

    /// <inheritdoc/>
    public override CancellationToken CancellationToken => cancellationToken;

    /// <summary>Always: inline, there is one place only.</summary>
    /// <param name="resources">The needs of the code about to be called.</param>
    public override bool Satisfies(Resources resources) => true;

    /// <summary>Makes this the current context of the flow.</summary>
    public void Enter() => Enter(this);
}
