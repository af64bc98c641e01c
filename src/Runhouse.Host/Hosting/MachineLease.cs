namespace Runhouse.Host.Hosting;

/// <summary>
/// The lease of the machine that this host runs on, where it has one: the machine shuts down at the time of a file. The host puts that off for as long as it is there, and
/// ends it when it has had no work for its time; who kills it, or stops it to start another one, leaves the machine the rest of the lease.
/// </summary>
/// <param name="settings">Which file, and for how long.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Where it is said when the file cannot be written.</param>
internal sealed partial class MachineLease(HostSettings settings, TimeProvider time, ILogger<MachineLease> log)
{
    private readonly ILogger<MachineLease> _log = log;

    /// <summary>How often the end has to be put off; null for never.</summary>
    public TimeSpan? Period => settings.LeaseFile is null ? null : settings.LeaseTime / 4;

    /// <summary>Puts the end off.</summary>
    public void Renew() => Set(time.GetUtcNow() + settings.LeaseTime);

    /// <summary>Ends the machine, unless another host comes at once and puts that off.</summary>
    public void End()
    {
        Set(time.GetUtcNow());
        if (settings.LeaseFile is not null)
            LogEnded();
    }

    /// <summary>Ends the machine whoever comes: without its file there is no lease to put off.</summary>
    public void Forfeit()
    {
        if (settings.LeaseFile is not { } file)
            return;
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogFailed(file, e.Message);
        }
    }

    private void Set(DateTimeOffset end)
    {
        if (settings.LeaseFile is not { } file)
            return;
        try
        {
            File.SetLastWriteTimeUtc(file, end.UtcDateTime);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogFailed(file, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Information, "The lease of this machine was ended, which shuts it down")]
    private partial void LogEnded();

    [LoggerMessage(LogLevel.Warning, "The lease of this machine cannot be written to {File}, and the machine ends when it is over: {Reason}")]
    private partial void LogFailed(string file, string reason);
}
