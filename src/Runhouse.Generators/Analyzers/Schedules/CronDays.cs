using System.Globalization;

namespace Runhouse.Generators.Analyzers.Schedules;

/// <summary>
/// Which days an expression means, as Cronos has it: a day of the month and a day of the week both. Years do not matter: within four hundred of them each month begins on every day
/// of the week, February in both its lengths.
/// </summary>
internal sealed class CronDays
{
    private const int DaysOfWeek = 7;
    private const int Saturday = 6;
    private const int Sunday = 0;
    private const int February = 2;

    private readonly string _day;
    private readonly string _weekday;
    private readonly HashSet<int> _days;
    private readonly HashSet<int> _months;
    private readonly HashSet<int> _weekdays;

    private CronDays(string day, string month, string weekday)
    {
        (_day, _weekday) = (day.ToUpperInvariant(), weekday.ToUpperInvariant());
        _days = IsLast ? [] : Numbers(CronField.DayOfMonth, _day.TrimEnd('W'));
        _months = Numbers(CronField.Month, month.ToUpperInvariant());
        _weekdays = [.. Numbers(CronField.DayOfWeek, _weekday.Split('#')[0].TrimEnd('L')).Select(static one => one % DaysOfWeek)];
    }

    private bool IsLast => _day.StartsWith("L", StringComparison.Ordinal);

    /// <summary>Whether there is none of them.</summary>
    /// <param name="expression">An expression that follows the grammar.</param>
    public static bool IsNone(string expression)
    {
        string[] texts = expression.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return texts.Length >= 3 && new CronDays(texts[texts.Length - 3], texts[texts.Length - 2], texts[texts.Length - 1]).IsNone();
    }

    private bool IsNone()
    {
        foreach (int month in _months)
        {
            for (int length = DateTime.DaysInMonth(1, month); length <= (month == February ? 29 : DateTime.DaysInMonth(1, month)); length++)
            {
                for (int first = 0; first < DaysOfWeek; first++)
                {
                    if (DaysOf(length, first).Any(day => IsMeant(day, length, first)))
                        return false;
                }
            }
        }

        return true;
    }

    // By the field of the day of the month alone.
    private IEnumerable<int> DaysOf(int length, int first)
    {
        IEnumerable<int> days = IsLast ? [length - Number(_day.TrimEnd('W').Substring(1).TrimStart('-'))] : _days;
        days = days.Where(day => day >= 1 && day <= length);
        return !_day.EndsWith("W", StringComparison.Ordinal) ? days : days.Select(day => WeekdayOf(day, first) switch
        {
            Saturday => day == 1 ? 3 : day - 1,
            Sunday => day == length ? day - 2 : day + 1,
            _ => day,
        });
    }

    private bool IsMeant(int day, int length, int first)
    {
        bool isPlace = _weekday.IndexOf('#') is > 0 and var at ? (day + DaysOfWeek - 1) / DaysOfWeek == Number(_weekday.Substring(at + 1))
            : !_weekday.EndsWith("L", StringComparison.Ordinal) || day + DaysOfWeek > length;
        return isPlace && _weekdays.Contains(WeekdayOf(day, first));
    }

    private static int WeekdayOf(int day, int first) => (day - 1 + first) % DaysOfWeek;

    private static HashSet<int> Numbers(CronField field, string text)
    {
        var numbers = new HashSet<int>();
        foreach (string part in text.Split(','))
        {
            string[] steps = part.Split('/');
            string[] ends = steps[0].Split('-');
            bool isAll = ends[0] is "*" or "?";
            int from = isAll ? field.First : Value(field, ends[0]);
            int to = ends.Length > 1 ? Value(field, ends[1]) : isAll || steps.Length > 1 ? field.Last : from;
            int step = steps.Length > 1 ? Number(steps[1]) : 1;

            // Beyond the end it goes on at the beginning, where a week has one Sunday.
            int last = ReferenceEquals(field, CronField.DayOfWeek) ? field.Last - 1 : field.Last;
            int until = to < from ? to + last - field.First + 1 : to;
            for (int number = from; number <= until; number += step)
                numbers.Add(to < from && number > last ? number - last + field.First - 1 : number);
        }

        return numbers;
    }

    private static int Value(CronField field, string text)
        => Array.FindIndex(field.Names, name => name == text) is >= 0 and var name ? name + field.First : Number(text);

    private static int Number(string text) => text.Length == 0 ? 0 : int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
