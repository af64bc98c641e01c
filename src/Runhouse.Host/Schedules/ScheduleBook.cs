using Runhouse.Host.Deployments;
using Runhouse.Host.Hosting;
using Runhouse.Host.Storage;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Schedules;

/// <summary>
/// What the deployments of this host want to be run by the host itself. Those of each application's current deployment count: another version that becomes current, also by
/// a roll back, brings its own, and a deployment that is removed takes its own along.
/// </summary>
internal sealed partial class ScheduleBook
{
    private readonly ScheduleTable _table;
    private readonly CurrentVersions _versions;
    private readonly DeploymentStore _deployments;
    private readonly HostSettings _settings;
    private readonly ILogger<ScheduleBook> _log;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, IReadOnlyList<ScheduledMember>> _declared = new(StringComparer.Ordinal);

    public ScheduleBook(ScheduleTable table, CurrentVersions versions, DeploymentStore deployments, HostSettings settings, ILogger<ScheduleBook> log)
    {
        (_table, _versions, _deployments, _settings, _log) = (table, versions, deployments, settings, log);
        versions.Changed += OnVersionsChanged;
    }

    /// <summary>Raised when others may count than before.</summary>
    public event Action? Changed;

    /// <summary>Whether one that counts keeps the host up.</summary>
    public bool KeepsUp => Current().Any(static one => one.Declared.KeepsUp);

    /// <summary>Those that count.</summary>
    public IReadOnlyList<ScheduledMember> Current()
    {
        lock (_gate)
            return [.. _declared.Values.SelectMany(static all => all).Where(one => _versions.Of(one.Stored.Application).Current == one.Stored.Deployment)];
    }

    /// <summary>Takes up what a former host has noted.</summary>
    public void Load()
    {
        try
        {
            foreach (IGrouping<string, StoredSchedule> all in _table.All().GroupBy(static one => one.Deployment))
            {
                lock (_gate)
                    _declared[all.Key] = [.. all.Select(Read).OfType<ScheduledMember>()];
            }
        }
        catch (HostRefusal refusal)
        {
            // No reason not to serve others. What a worker declares when it starts is known again.
            LogNotLoaded(refusal.Message);
        }

        Forget();
        WarnOfAutostop(Current());
    }

    /// <summary>Notes what a deployment wants to be run, before it is current. It runs as in the worker that says so: in its image.</summary>
    /// <param name="deployment">The deployment.</param>
    /// <param name="worker">A worker that serves it.</param>
    /// <returns>Why this host cannot do that; null when it can.</returns>
    public HostRefusal? Declare(Deployment deployment, Worker worker)
    {
        // What is developed on this machine, and runs by its schedule elsewhere, must start here; what was taken once is served whatever becomes of the host's settings.
        bool isLenient = worker.Demand?.IsLenient ?? false;
        IReadOnlyList<ScheduledMember>? known;
        lock (_gate)
            known = _declared.GetValueOrDefault(deployment.Id);
        if (known?.All(one => one.Stored.IsLenient == isLenient && one.Stored.Image == worker.Environment?.Image) == true)
            return null;
        var declared = new List<ScheduledMember>();
        foreach (DeclaredSchedule schedule in worker.Schedules)
        {
            if (!schedule.KeepsUp && !isLenient && known is null && _settings.IdleTimeout is { } autostop)
                return Refusal(deployment, schedule, $"this host stops when nobody has used it for {Text(autostop)} (autostop), and nothing would run then. Write KeepsUp = true beside the schedule, so that it keeps its host up, "
                    + "or deploy to a cluster without autostop (WithAutostop(Timeout.InfiniteTimeSpan), runhouse up NAME --autostop never).");
            var stored = new StoredSchedule(deployment.Id, deployment.Manifest.Application, schedule)
            {
                Image = worker.Environment?.Image,
                IsLenient = isLenient,
            };
            try
            {
                declared.Add(new ScheduledMember(stored, Timetable.Read(schedule.Expression, schedule.TimeZone)));
            }
            catch (FormatException error)
            {
                return Refusal(deployment, schedule, error.Message);
            }
        }

        try
        {
            Put(deployment, declared);
            WarnOfAutostop(declared);
            return null;
        }
        catch (HostRefusal refusal) when (known is not null)
        {
            LogNotNoted(deployment.Id, refusal.Message);
            return null;
        }
        catch (HostRefusal refusal)
        {
            return refusal;
        }
    }

    private void WarnOfAutostop(IEnumerable<ScheduledMember> members)
    {
        if (_settings.IdleTimeout is not { } autostop)
            return;
        foreach (ScheduledMember one in members.Where(static one => !one.Declared.KeepsUp))
            LogAutostop(one.Declared.Expression, one.Declared.Member, autostop.TotalSeconds);
    }

    private static string Text(TimeSpan time) => time.TotalMinutes >= 1 ? $"{time.TotalMinutes:0.#} min" : $"{time.TotalSeconds:0.#} s";

    private static HostRefusal Refusal(Deployment deployment, DeclaredSchedule schedule, string why) => HostRefusal.DidNotStart(
        $"Deployment {deployment.Id[..12]} of '{deployment.Manifest.Application}' is not served, because of the schedule '{schedule.Expression}' of {schedule.Member}: {why}");

    private void Put(Deployment deployment, List<ScheduledMember> declared)
    {
        lock (_gate)
        {
            if (declared.Count == 0 && !_declared.ContainsKey(deployment.Id))
                return;
            _table.Put(deployment.Id, [.. declared.Select(static one => one.Stored)]);
            _declared[deployment.Id] = declared;
        }

        Changed?.Invoke();
    }

    private void OnVersionsChanged()
    {
        Forget();
        Changed?.Invoke();
    }

    private void Forget()
    {
        lock (_gate)
        {
            foreach (string gone in _declared.Keys.Where(id => _deployments.Find(id) is null).ToArray())
            {
                _declared.Remove(gone);
                try
                {
                    _table.Remove(gone);
                }
                catch (HostRefusal refusal)
                {
                    // It is tried again at the next start, and counts for nothing meanwhile.
                    LogNotForgotten(gone, refusal.Message);
                }
            }
        }
    }

    private ScheduledMember? Read(StoredSchedule stored)
    {
        try
        {
            return new ScheduledMember(stored, Timetable.Read(stored.Declared.Expression, stored.Declared.TimeZone));
        }
        catch (FormatException error)
        {
            LogUnreadable(stored.Declared.Expression, stored.Declared.Member, error.Message);
            return null;
        }
    }

    [LoggerMessage(LogLevel.Error, "The schedules that a former host has noted cannot be read, and nothing runs until their builds serve again: {Reason}")]
    private partial void LogNotLoaded(string reason);

    [LoggerMessage(LogLevel.Error, "Schedule {Expression} of {Member} is off: {Reason}")]
    private partial void LogUnreadable(string expression, string member, string reason);

    [LoggerMessage(LogLevel.Warning, "The schedules of deployment {Deployment} run as they were noted before, since the store cannot be written: {Reason}")]
    private partial void LogNotNoted(string deployment, string reason);

    [LoggerMessage(LogLevel.Warning, "The schedules of deployment {Deployment}, which was removed, stay in the store for now: {Reason}")]
    private partial void LogNotForgotten(string deployment, string reason);

    [LoggerMessage(LogLevel.Warning, "Schedule {Expression} of {Member} is on only as long as this host is up, which stops after {Seconds} s without use")]
    private partial void LogAutostop(string expression, string member, double seconds);
}
