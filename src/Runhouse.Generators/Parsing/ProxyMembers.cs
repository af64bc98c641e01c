namespace Runhouse.Generators.Parsing;

/// <summary>
/// What every proxy has of its own, from <c>Runhouse.RemoteObject</c> and as a copy of the whole object: a remote member of such a name would take its
/// place without a word.
/// </summary>
internal static class ProxyMembers
{
    /// <summary>The member that brings a copy, as messages say it.</summary>
    public const string Fetch = "the proxy's 'FetchAsync()', which brings a copy of the whole object";

    /// <summary>What a method of a proxy would hide, as messages say it; null for nothing.</summary>
    /// <param name="proxyName">The method's name on the proxy.</param>
    /// <param name="needsNoArgument">Whether it can be called without an argument: otherwise it is another overload.</param>
    public static string? Hidden(string proxyName, bool needsNoArgument) => proxyName switch
    {
        "DeleteAsync" when needsNoArgument => "the proxy's 'DeleteAsync()', which deletes the remote object",
        "DisposeAsync" when needsNoArgument => "the proxy's 'DisposeAsync()', which 'await using' calls",
        "RemoteName" => "the proxy's 'RemoteName', the name of the remote object",
        _ => null,
    };
}
