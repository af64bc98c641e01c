using Runhouse.Host.Storage;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Schedules;

/// <summary>A remote function that the host runs by itself.</summary>
/// <param name="Stored">What is to be run, of which deployment.</param>
/// <param name="Timetable">When.</param>
internal sealed record ScheduledMember(StoredSchedule Stored, Timetable Timetable)
{
    // About as long as a hundred occurrences take: enough to look back, and no heap of outcomes of what runs each second.
    private const int OccurrencesKept = 100;

    private static readonly TimeSpan ShortestKept = TimeSpan.FromHours(1);
    private static readonly TimeSpan LongestKept = TimeSpan.FromDays(366);

    public DeclaredSchedule Declared => Stored.Declared;

    /// <summary>Whose schedule it is, whichever deployment is current.</summary>
    public (string Application, ulong MethodId) Key => (Stored.Application, Declared.MethodId);

    /// <summary>Whether it is due at the same times as another.</summary>
    public bool IsLike(ScheduledMember other) => (Declared.Expression, Declared.TimeZone) == (other.Declared.Expression, other.Declared.TimeZone);

    /// <summary>The detached call that runs it.</summary>
    /// <param name="due">When it is due.</param>
    public DetachedCall ToCall(DateTimeOffset due) => new()
    {
        Member = Declared.Member,
        MethodId = Declared.MethodId,
        Deployment = Stored.Deployment,
        Place = (Declared.Needs ?? new WorkerRequest()) with { IsLenient = Stored.IsLenient },
        Image = Stored.Image,
        IsIdempotent = Declared.IsIdempotent,
        Retries = Declared.Retries,
        RetentionSeconds = RetentionAfter(due).TotalSeconds,
    };

    private TimeSpan RetentionAfter(DateTimeOffset due)
    {
        if (Timetable.NextAfter(due) is not { } next || next - due > LongestKept / OccurrencesKept)
            return LongestKept;
        TimeSpan kept = (next - due) * OccurrencesKept;
        return kept < ShortestKept ? ShortestKept : kept;
    }
}
