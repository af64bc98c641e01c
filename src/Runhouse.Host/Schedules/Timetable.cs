using Cronos;

namespace Runhouse.Host.Schedules;

/// <summary>The times at which a schedule is due: a cron expression by the clock of a time zone. What a change to or from summer time does to them is as Cronos has it.</summary>
internal sealed class Timetable
{
    private const int FieldsWithSeconds = 6;

    // It is due at whole seconds.
    private static readonly TimeSpan Resolution = TimeSpan.FromMilliseconds(500);

    private readonly CronExpression _expression;
    private readonly TimeZoneInfo _zone;

    private Timetable(CronExpression expression, TimeZoneInfo zone) => (_expression, _zone) = (expression, zone);

    /// <summary>Reads a timetable.</summary>
    /// <param name="expression">The cron expression: five fields, six with seconds in front, or a macro.</param>
    /// <param name="timeZone">The IANA id of the time zone.</param>
    /// <exception cref="FormatException">The expression is none, or this machine does not know the time zone; the message says which and what to do.</exception>
    public static Timetable Read(string expression, string timeZone)
    {
        CronFormat format = expression.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Length == FieldsWithSeconds ? CronFormat.IncludeSeconds : CronFormat.Standard;
        try
        {
            return new Timetable(CronExpression.Parse(expression, format), TimeZoneInfo.FindSystemTimeZoneById(timeZone));
        }
        catch (Exception error) when (error is CronFormatException or MissingSeedException)
        {
            throw new FormatException($"'{expression}' is no cron expression ({error.Message.TrimEnd('.')}). Write five fields, such as '0 6 * * MON-FRI', or six with seconds in front.", error);
        }
        catch (Exception error) when (error is TimeZoneNotFoundException or InvalidTimeZoneException or UnauthorizedAccessException or System.Security.SecurityException)
        {
            throw new FormatException($"this machine knows no time zone '{timeZone}'. Write an IANA id, such as 'Europe/Vienna', and install the time zones if they are not (package tzdata).", error);
        }
    }

    /// <summary>When it is due next, in its time zone; null when that never comes.</summary>
    /// <param name="after">Behind which time.</param>
    public DateTimeOffset? NextAfter(DateTimeOffset after) => _expression.GetNextOccurrence(after, _zone);

    /// <summary>When it was due last, in its time zone; null when it was not.</summary>
    /// <param name="after">Behind which time.</param>
    /// <param name="now">Up to which time.</param>
    public DateTimeOffset? LastBetween(DateTimeOffset after, DateTimeOffset now)
    {
        if (NextAfter(after) is not { } due || due > now)
            return null;

        // By halves, on the way forward: Cronos's own way back does not lead to the times that a change to summer time has moved.
        DateTimeOffset until = now;
        while (until - after > Resolution)
        {
            DateTimeOffset between = after + ((until - after) / 2);
            if (NextAfter(between) is { } later && later <= now)
                (after, due) = (between, later);
            else
                until = between;
        }

        return due;
    }
}
