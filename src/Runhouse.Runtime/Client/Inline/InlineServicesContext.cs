using Runhouse.Protocol.Generated;

namespace Runhouse.Runtime.Client.Inline;

/// <summary>The caller's own process, as the services of remote code see it.</summary>
/// <param name="log">Takes level, category and text of a log line.</param>
internal sealed class InlineServicesContext(Action<int, string, string> log) : RemoteServicesContext
{
    /// <inheritdoc/>
    public override string ContentRoot => AppContext.BaseDirectory;

    /// <inheritdoc/>
    public override void Log(int level, string category, string message) => log(level, category, message);
}
