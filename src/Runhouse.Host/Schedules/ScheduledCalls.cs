using System.Buffers.Binary;
using System.Security.Cryptography;
using Runhouse.Host.Calls;
using Runhouse.Host.Hosting;
using Runhouse.Host.Storage;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Schedules;

/// <summary>
/// Makes a detached call when a schedule is due, unless the one before it has not ended. However many times it was due while nobody looked (the host was down, the machine slept),
/// it runs once for them. A call that a former host has left, and this one takes up, is that once.
/// </summary>
internal sealed partial class ScheduledCalls(ScheduleBook book, ScheduleTable table, DetachedCalls calls, TimeProvider time, ILogger<ScheduledCalls> log) : IDisposable
{
    private const int SeedBytes = 16;

    // A clock that is put forward, and a store that cannot be written for a while, are noticed that late at most.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    // In whole milliseconds, as timers have it.
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Application, ulong MethodId), ScheduleRun> _runs = [];
    private Dictionary<(string Application, ulong MethodId), ScheduledMember> _current = [];
    private ITimer? _timer;

    /// <summary>Begins: what a former host has missed runs now.</summary>
    public void Start()
    {
        lock (_gate)
        {
            try
            {
                foreach (ScheduleRun run in table.Runs())
                    _runs[(run.Application, run.MethodId)] = run;
            }
            catch (HostRefusal refusal)
            {
                LogNotLoaded(refusal.Message);
            }

            _timer = time.CreateTimer(_ => RunDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _current = book.Current().ToDictionary(static one => one.Key);
            foreach (ScheduledMember member in _current.Values.Where(one => !_runs.ContainsKey(one.Key)))
                Begin(member);
            book.Changed += Follow;
        }

        RunDue(isStart: true);
    }

    /// <summary>What runs by itself, and how far it has come.</summary>
    public IReadOnlyList<ScheduleStatus> Status()
    {
        (ScheduledMember Member, ScheduleRun Run)[] all;
        lock (_gate)
            all = [.. _current.Values.Select(member => (member, _runs[member.Key]))];
        return [.. all.OrderBy(static one => one.Member.Stored.Application, StringComparer.Ordinal).ThenBy(static one => one.Member.Declared.Member, StringComparer.Ordinal).Select(one => StatusOf(one.Member, one.Run))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        book.Changed -= Follow;
        lock (_gate)
        {
            _timer?.Dispose();
            _timer = null;
        }
    }

    // What becomes due by another version counts from now on; what the version before had as well goes on.
    private void Follow()
    {
        lock (_gate)
        {
            Dictionary<(string Application, ulong MethodId), ScheduledMember> before = _current;
            _current = book.Current().ToDictionary(static one => one.Key);
            foreach (ScheduledMember member in _current.Values)
            {
                if (before.GetValueOrDefault(member.Key)?.IsLike(member) != true)
                    Begin(member);
            }

            foreach (ScheduledMember ended in before.Values.Where(one => !_current.ContainsKey(one.Key)))
                LogOff(ended.Declared.Expression, ended.Declared.Member);
            Arm(Shortest);
        }
    }

    private void Begin(ScheduledMember member)
    {
        DateTimeOffset now = time.GetUtcNow();
        ScheduleRun run = (_runs.GetValueOrDefault(member.Key) ?? new ScheduleRun(member.Stored.Application, member.Declared.MethodId, RandomNumberGenerator.GetBytes(SeedBytes), now)) with { Since = now };
        _runs[member.Key] = run;
        LogOn(member.Declared.Expression, member.Declared.TimeZone, member.Declared.Member, member.Timetable.NextAfter(now));
        try
        {
            table.Note(run);
        }
        catch (HostRefusal refusal)
        {
            // It is on all the same: only the next host would not know since when.
            LogNotNoted(member.Declared.Expression, member.Declared.Member, refusal.Message);
        }
    }

    private void RunDue(bool isStart = false)
    {
        lock (_gate)
        {
            if (_timer is null)
                return;
            bool isNoted = true;
            foreach (ScheduledMember member in _current.Values)
            {
                try
                {
                    Run(member, time.GetUtcNow(), isStart);
                }
                catch (Exception error) when (error is HostRefusal or IOException or UnauthorizedAccessException)
                {
                    isNoted = false;
                    LogNotNoted(member.Declared.Expression, member.Declared.Member, error.Message);
                }
            }

            Arm(isNoted ? Shortest : LongestWait);
        }
    }

    private void Run(ScheduledMember member, DateTimeOffset now, bool isStart)
    {
        ScheduleRun run = _runs[member.Key];
        if (member.Timetable.LastBetween(run.Since, now) is not { } due)
            return;
        if (run.LastCall is { } last && calls.IsInFlight(last))
        {
            Note(member, run with { Since = now, Skipped = isStart ? run.Skipped : run.Skipped + 1 });
            if (!isStart)
                LogSkipped(member.Declared.Expression, member.Declared.Member, due, last);
            return;
        }

        // The id follows from the time: a host that ended before this was noted is followed by one that does not make the call twice.
        string id = IdOf(run, due);
        calls.TryRecord(id, member.ToCall(due), $"schedule {member.Declared.Expression}", member.Stored.Application, member.Declared.Arguments);
        Note(member, run with { Since = now, LastAt = due, LastCall = id });
    }

    private void Note(ScheduledMember member, ScheduleRun run)
    {
        table.Note(run);
        _runs[member.Key] = run;
    }

    private void Arm(TimeSpan shortest)
    {
        DateTimeOffset now = time.GetUtcNow();
        TimeSpan wait = LongestWait;
        foreach (ScheduledMember member in _current.Values)
        {
            if (member.Timetable.NextAfter(_runs[member.Key].Since) is { } due && due - now < wait)
                wait = due - now;
        }

        // None too early.
        wait = TimeSpan.FromMilliseconds(Math.Ceiling(Math.Max(wait.TotalMilliseconds, shortest.TotalMilliseconds)));
        _timer?.Change(_current.Count == 0 ? Timeout.InfiniteTimeSpan : wait, Timeout.InfiniteTimeSpan);
    }

    private CallState? StateOf(string call)
    {
        try
        {
            return calls.Find(call)?.State;
        }
        catch (HostRefusal)
        {
            // The store cannot be read, which whoever asks for the call itself is told. No reason to say nothing of all else.
            return null;
        }
    }

    private ScheduleStatus StatusOf(ScheduledMember member, ScheduleRun run)
    {
        return new ScheduleStatus
        {
            Application = member.Stored.Application,
            Deployment = member.Stored.Deployment,
            Member = member.Declared.Member,
            Expression = member.Declared.Expression,
            TimeZone = member.Declared.TimeZone,
            KeepsUp = member.Declared.KeepsUp,
            NextAt = member.Timetable.NextAfter(run.Since),
            LastAt = run.LastAt,
            LastCall = run.LastCall,
            LastState = run.LastCall is { } last ? StateOf(last) : null,
            Skipped = run.Skipped,
        };
    }

    private static string IdOf(ScheduleRun run, DateTimeOffset due)
    {
        byte[] text = new byte[run.Seed.Length + sizeof(long)];
        run.Seed.CopyTo(text, 0);
        BinaryPrimitives.WriteInt64LittleEndian(text.AsSpan(run.Seed.Length), due.UtcTicks);
        return Convert.ToHexStringLower(SHA256.HashData(text).AsSpan(0, sizeof(long)));
    }

    [LoggerMessage(LogLevel.Information, "Schedule {Expression} ({TimeZone}) of {Member} is on; it is due next at {Next}")]
    private partial void LogOn(string expression, string timeZone, string member, DateTimeOffset? next);

    [LoggerMessage(LogLevel.Information, "Schedule {Expression} of {Member} is off: the current deployment does not have it")]
    private partial void LogOff(string expression, string member);

    [LoggerMessage(LogLevel.Warning, "Schedule {Expression} of {Member} was due at {Due} and did not run: call {Last} before it has not ended")]
    private partial void LogSkipped(string expression, string member, DateTimeOffset due, string last);

    [LoggerMessage(LogLevel.Error, "How far schedule {Expression} of {Member} has come cannot be noted; what is due is tried again: {Reason}")]
    private partial void LogNotNoted(string expression, string member, string reason);

    [LoggerMessage(LogLevel.Error, "How far the schedules had come cannot be read; they are on from now: {Reason}")]
    private partial void LogNotLoaded(string reason);
}
