using System.Net;
using Runhouse.Host.Hosting;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Preemption;

/// <summary>
/// Looks for the notice that this machine is taken away: a spot machine by its provider, a pod or a node by its scheduler. Workers are told at once, so that code can save what it has; shortly before the end they are ended, while this host can
/// still say why, and then the host and its machine end by themselves: nobody waits for a machine that is gone.
/// </summary>
internal sealed partial class PreemptionWatch : IDisposable
{
    // Of both clouds.
    private static readonly IPEndPoint Metadata = new(IPAddress.Parse("169.254.169.254"), 80);

    /// <summary>Before the end: who lost a worker asks this host for the reason, and for what it keeps. A third of the time, where that is short.</summary>
    private static readonly TimeSpan LongestMargin = TimeSpan.FromSeconds(10);

    private readonly IPreemptionNotice? _notice;
    private readonly WorkerPool _workers;
    private readonly TimeProvider _time;
    private readonly ILogger<PreemptionWatch> _log;
    private readonly CancellationTokenSource _stop = new();
    private string? _problem;
    private int _isDisposed;

    public PreemptionWatch(HostSettings settings, WorkerPool workers, TimeProvider time, ILogger<PreemptionWatch> log)
    {
        (_workers, _time, _log) = (workers, time, log);
        var http = new LinkLocalHttp(settings.MetadataService ?? Metadata);
        _notice = settings.SpotOf switch
        {
            "aws" => new AwsNotice(http),
            "gcp" => new GcpNotice(http, time),
            _ => settings.EndNotice is { } file ? new FileNotice(file) : null,
        };
    }

    /// <summary>When the machine is gone; null while no end is known.</summary>
    public DateTimeOffset? EndsAt { get; private set; }

    /// <summary>Looks until there is a notice, and carries it out.</summary>
    /// <param name="end">Ends the host, and its machine with it.</param>
    public async Task RunAsync(Action end)
    {
        if (_notice is null)
            return;
        try
        {
            (DateTimeOffset endsAt, bool isTimeOver) = await WaitForNoticeAsync(_notice, _stop.Token).ConfigureAwait(false);
            TimeSpan margin = TimeSpan.FromTicks(Math.Clamp((endsAt - _time.GetUtcNow()).Ticks / 3, 0, LongestMargin.Ticks));
            DateTimeOffset workersEndAt = endsAt - margin;
            EndsAt = endsAt;
            LogNotice(endsAt);
            _workers.Announce(new AnnounceEnd(workersEndAt));
            TimeSpan left = workersEndAt - _time.GetUtcNow();
            if (left > TimeSpan.Zero)
                await Task.Delay(left, _time, _stop.Token).ConfigureAwait(false);
            _workers.Preempt(isTimeOver);
            await Task.Delay(margin / 2, _time, _stop.Token).ConfigureAwait(false);
            end();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The host stops for another reason.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Of the container as well.
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        _stop.Cancel();
        _stop.Dispose();
    }

    private async Task<EndNotice> WaitForNoticeAsync(IPreemptionNotice notice, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                if (await notice.LookAsync(cancellationToken).ConfigureAwait(false) is { } found)
                    return found;
                _problem = null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Once, and again when it is another one: it may be for ever.
                if (_problem != e.Message)
                    LogProblem(e.Message);
                _problem = e.Message;
            }

            await Task.Delay(notice.Period, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    [LoggerMessage(LogLevel.Warning, "This machine is taken away at {EndsAt:u}")]
    private partial void LogNotice(DateTimeOffset endsAt);

    [LoggerMessage(LogLevel.Warning, "The notice of the end of this machine cannot be read, and its end may come without one: {Reason}")]
    private partial void LogProblem(string reason);
}
