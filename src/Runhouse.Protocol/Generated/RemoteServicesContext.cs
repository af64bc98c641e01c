namespace Runhouse.Protocol.Generated;

/// <summary>The worker, as the services of remote code see it.</summary>
public abstract class RemoteServicesContext
{
    /// <summary>The folder of the deployment: content files and <c>appsettings.json</c> are here.</summary>
    public abstract string ContentRoot { get; }

    /// <summary>Writes a log line that belongs to the call in whose flow it is written.</summary>
    /// <param name="level">The level, numbered as <c>Microsoft.Extensions.Logging.LogLevel</c> numbers it.</param>
    /// <param name="category">The logger's category.</param>
    /// <param name="message">The text, exception included.</param>
    public abstract void Log(int level, string category, string message);
}
