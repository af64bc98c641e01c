using Runhouse.Protocol.Generated;

namespace Runhouse;

/// <summary>Where a plain call of a remote function runs. Generated interceptors ask this.</summary>
public static class RemoteCalls
{
    /// <summary>Whether the call stays in this process: it is made by remote code, in a worker that has what the function needs.</summary>
    /// <param name="needs">What the function needs.</param>
    public static bool RunInPlace(Resources needs) => RemoteContext.Current is { } context && context.Satisfies(needs);
}
