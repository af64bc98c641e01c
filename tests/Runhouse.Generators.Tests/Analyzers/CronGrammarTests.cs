using Cronos;
using CsCheck;
using Runhouse.Generators.Analyzers.Schedules;

namespace Runhouse.Generators.Tests.Analyzers;

/// <summary>The compiler accepts exactly those schedules that a host can read.</summary>
public sealed class CronGrammarTests
{
    private static readonly string[] Corpus =
    [
        "", " ", "\t", "*", "* * * *", "* * * * *", "  *\t* * * *  ", "* * * * * *", "* * * * * * *", "? ? ? ? ?", "*/5 * * * *", "*/0 * * * *", "*/59 * * * *", "*/60 * * * *", "* */24 * * *",
        "0-59 0-23 1-31 1-12 0-7", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 0 *", "* * * 13 *", "* * * * 8", "00 06 01 01 07", "000 * * * *", "5-1 22-1 * DEC-FEB FRI-MON",
        "1,2,3 * * * *", "1, 2 * * * *", ",1 * * * *", "1,,2 * * * *", "1,*/2 * * * *", "*,1 * * * *", "1-5/2,30,45-15/2 * * * *", "1/2 * * * *", "1-2-3 * * * *", "-1 * * * *", "+1 * * * *",
        "0 6 * JAN MON", "0 6 * jan-mar mon,WED", "0 6 * JANUARY *", "0 6 * * MONDAY", "0 6 * MON *", "JAN * * * *", "0 0 L * *", "0 0 l * *", "0 0 L-1 * *", "0 0 L-0 * *", "0 0 L-30 * *", "0 0 L-31 * *",
        "0 0 LW * *", "0 0 L-5W * *", "0 0 L5 * *", "0 0 L,5 * *", "0 0 LL * *", "0 0 3W * *", "0 0 3w * *", "0 0 3W,5 * *", "0 0 1-3W * *", "0 0 *W * *", "0 0 W * *", "0 0 32W * *",
        "0 0 * * 2L", "0 0 * * FRIL", "0 0 * * L", "0 0 * * 8L", "0 0 * * 6#3", "0 0 * * MON#1", "0 0 * * MON#0", "0 0 * * MON#6", "0 0 * * MON#", "0 0 * * #1", "0 0 * * 1#1,2#2", "0 0 * * 1-2#1",
        "0 0 * L *", "0 L * * *", "0 0 5#2 * *", "H * * * *", "H H * * *", "H/5 * * * *", "0 0 30 2 *", "@daily", "@DAILY", " @daily ", "@daily 5", "@every_second", "@every_minute", "@hourly",
        "@midnight", "@weekly", "@monthly", "@yearly", "@annually", "@reboot", "@", "@ daily", "@dailyy", "@every", "daily", "0 0\n* * *", "0 0\u00a0* * *", "٣ * * * *", "0 6 * * ſUN", "0 6 * * *;",
    ];

    [Fact]
    public void Of_a_corpus() => Assert.All(Corpus, Agree);

    [Fact]
    public void Of_parts_put_together_at_random()
    {
        Gen<string> number = Gen.Int[0, 70].Select(static n => n.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Gen<string> part = Gen.OneOf(
            number, number, OneOf("*", "?", "L", "W", "LW", "MON", "sun", "JAN", "dec", "FEBX", "H", "01"),
            Gen.Select(number, number, static (a, b) => $"{a}-{b}"), Gen.Select(number, number, static (a, b) => $"{a}/{b}"), number.Select(static n => $"*/{n}"),
            Gen.Select(number, number, number, static (a, b, c) => $"{a}-{b}/{c}"), Gen.Select(number, number, static (a, b) => $"{a},{b}"),
            number.Select(static n => n + "W"), number.Select(static n => n + "L"), Gen.Select(number, number, static (a, b) => $"{a}#{b}"), number.Select(static n => "L-" + n));
        part.Array[5, 6].Sample(static parts => Agree(string.Join(' ', parts)), iter: 50_000);
    }

    [Fact]
    public void What_never_comes_is_known()
    {
        Gen<string> day = Gen.Int[1, 31].Select(static n => n.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Gen<string> days = Gen.OneOf(day, day, day.Select(static n => n + "W"), Gen.Int[0, 30].Select(static n => $"L-{n}"), Gen.Int[0, 30].Select(static n => $"L-{n}W"), OneOf("*", "L", "LW", "30,31", "31-30/20", "28/2", "*/30"));
        Gen<string> months = OneOf("*", "2", "FEB", "4", "jun", "2,4", "11-2", "APR/2", "2-2", "12-11/10");
        Gen<string> weekdays = Gen.OneOf(
            OneOf("*", "?", "SAT", "SUN", "7", "6-7", "SAT-SUN", "FRI-MON/2", "1/5", "*/6", "SATL", "0L", "7L"),
            Gen.Select(Gen.Int[0, 7], Gen.Int[1, 5], static (weekday, place) => $"{weekday}#{place}"));
        Gen.Select(days, months, weekdays).Sample(
            static (day, month, weekday) =>
            {
                string expression = $"0 0 {day} {month} {weekday}";
                bool comes = CronExpression.Parse(expression).GetNextOccurrence(new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc)) is not null;
                Assert.True(CronDays.IsNone(expression) != comes, $"'{expression}' {(comes ? "comes" : "never comes")}");
            },
            iter: 20_000);
    }

    [Fact]
    public void Of_valid_parts_with_a_character_changed()
    {
        Gen<string> good = OneOf(
            "0 6 * * MON-FRI", "*/15 * * * *", "0,30 8-18/2 * * *", "0 0 L-3W * *", "0 0 15W JAN-MAR *", "0 0 * * 5#2", "0 0 * * FRIL", "*/10 0 0 1,15 * ?", "@every_minute", "@monthly");
        Gen.Select(good, Gen.Int[0, 20], Gen.OneOf(OneOf([.. "0123456789*?,-/LW#H@ \tJANMON"]), Gen.Char[' ', '~']), Gen.Int[0, 2])
            .Sample(static (text, place, character, way) => Agree(Change(text, place % text.Length, character, way)), iter: 50_000);
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static string Change(string text, int at, char character, int way) => way switch
    {
        0 => text.Insert(at, character.ToString()),
        1 => text.Remove(at, 1),
        _ => text[..at] + character + text[(at + 1)..],
    };

    private static void Agree(string expression)
    {
        string? problem = CronGrammar.Problem(expression);
        Assert.True(IsRead(expression) == (problem is null), $"'{expression}' is {(problem is null ? "accepted, and no host reads it" : $"refused ({problem}), and hosts read it")}");
    }

    // As the host does, with seconds where there are six fields.
    private static bool IsRead(string expression)
    {
        bool hasSeconds = expression.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Length == 6;
        try
        {
            CronExpression.Parse(expression, hasSeconds ? CronFormat.IncludeSeconds : CronFormat.Standard);
            return true;
        }
        catch (Exception error) when (error is FormatException or MissingSeedException)
        {
            return false;
        }
    }
}
