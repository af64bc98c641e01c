using System.Globalization;
using CsCheck;
using Runhouse.Host.Schedules;

namespace Runhouse.Host.Tests.Schedules;

/// <summary>When schedules are due, by the clocks of their time zones.</summary>
public sealed class TimetableTests
{
    [Theory]
    [InlineData("0 6 * * *", "UTC", "2026-03-01T00:00:00Z", "2026-03-01T06:00:00+00:00", "2026-03-02T06:00:00+00:00")]
    [InlineData("0 6 * * MON-FRI", "Europe/Vienna", "2026-03-06T05:00:00Z", "2026-03-09T06:00:00+01:00", "2026-03-10T06:00:00+01:00")]
    [InlineData("0 6 * * *", "America/New_York", "2026-07-01T00:00:00Z", "2026-07-01T06:00:00-04:00", "2026-07-02T06:00:00-04:00")]
    [InlineData("*/20 * * * * *", "UTC", "2026-03-01T00:00:00Z", "2026-03-01T00:00:20+00:00", "2026-03-01T00:00:40+00:00")]
    [InlineData("@monthly", "UTC", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00+00:00", "2026-05-01T00:00:00+00:00")]
    public void A_schedule_is_due_by_the_clock_of_its_time_zone(string expression, string zone, string after, params string[] due)
        => Assert.Equal(due, Next(expression, zone, after, due.Length));

    // At two the clock goes to three: what was due between is due at three.
    [Fact]
    public void A_time_that_a_change_to_summer_time_leaves_out_is_made_up_for_at_once()
        => Assert.Equal(
            ["2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"],
            Next("30 2 * * *", "Europe/Vienna", "2026-03-28T00:00:00Z", 3));

    // At three the clock goes back to two.
    [Fact]
    public void A_time_that_comes_twice_when_summer_time_ends_counts_once()
        => Assert.Equal(
            ["2026-10-24T02:30:00+02:00", "2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"],
            Next("30 2 * * *", "Europe/Vienna", "2026-10-24T00:00:00Z", 3));

    [Fact]
    public void An_interval_goes_on_through_the_end_of_summer_time()
        => Assert.Equal(
            ["2026-10-25T02:30:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T02:30:00+01:00", "2026-10-25T03:00:00+01:00"],
            Next("*/30 * * * *", "Europe/Vienna", "2026-10-25T00:00:00Z", 4));

    [Fact]
    public void What_never_comes_is_never_due()
    {
        Timetable never = Timetable.Read("0 0 30 2 *", "UTC");
        Assert.Null(never.NextAfter(DateTimeOffset.UnixEpoch));
        Assert.Null(never.LastBetween(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(50)));
    }

    [Theory]
    [InlineData("0 6 * *", "UTC", "'0 6 * *' is no cron expression")]
    [InlineData("61 6 * * *", "UTC", "'61 6 * * *' is no cron expression")]
    [InlineData("H 6 * * *", "UTC", "'H 6 * * *' is no cron expression")]
    [InlineData("0 6 * * *", "Europe/Atlantis", "knows no time zone 'Europe/Atlantis'")]
    [InlineData("0 6 * * *", "../../etc/passwd", "knows no time zone '../../etc/passwd'")]
    public void What_cannot_be_read_says_why(string expression, string zone, string said)
        => Assert.Contains(said, Assert.Throws<FormatException>(() => Timetable.Read(expression, zone)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_last_time_of_a_span_is_the_last_of_those_that_come_one_after_the_other()
    {
        string[] expressions = ["30 2 * * *", "*/30 * * * *", "0 0 2,3 * * *", "15 1-4 * * SUN", "0 6 L * *", "@hourly"];
        Timetable[] all = [.. expressions.Select(static one => Timetable.Read(one, "Europe/Vienna"))];

        // Around both changes of a year, and up to two days long.
        DateTimeOffset[] around = [At("2026-03-28T12:00:00Z"), At("2026-10-24T12:00:00Z"), At("2026-06-29T12:00:00Z")];
        Gen.Select(Gen.Int[0, all.Length - 1], Gen.Int[0, around.Length - 1], Gen.Int[0, 3000], Gen.Int[0, 2880]).Sample(
            (index, place, minute, length) =>
            {
                DateTimeOffset after = around[place].AddMinutes(minute), now = after.AddMinutes(length);
                DateTimeOffset? last = null;
                for (DateTimeOffset? next = all[index].NextAfter(after); next <= now; next = all[index].NextAfter(next.Value))
                    last = next;
                Assert.Equal(last, all[index].LastBetween(after, now));
            },
            iter: 20_000);
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private static IEnumerable<string> Next(string expression, string zone, string after, int count)
    {
        Timetable timetable = Timetable.Read(expression, zone);
        DateTimeOffset at = At(after);
        for (int i = 0; i < count; i++)
        {
            at = timetable.NextAfter(at)!.Value;
            yield return at.ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture);
        }
    }
}
