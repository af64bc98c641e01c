namespace Runhouse.Generators.Analyzers.Schedules;

/// <summary>A field of cron expressions: which numbers it has, and which names for them.</summary>
/// <param name="Name">What the field is, for messages.</param>
/// <param name="First">The least number.</param>
/// <param name="Last">The greatest number.</param>
/// <param name="Names">The names of numbers; empty for none.</param>
internal sealed record CronField(string Name, int First, int Last, string[] Names)
{
    public static readonly CronField Second = new("second", 0, 59, []);
    public static readonly CronField Minute = new("minute", 0, 59, []);
    public static readonly CronField Hour = new("hour", 0, 23, []);
    public static readonly CronField DayOfMonth = new("day of the month", 1, 31, []);
    public static readonly CronField Month = new("month", 1, 12, ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]);
    public static readonly CronField DayOfWeek = new("day of the week", 0, 7, ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]);

    /// <summary>All of them, in the order of an expression of six.</summary>
    public static IReadOnlyList<CronField> All { get; } = [Second, Minute, Hour, DayOfMonth, Month, DayOfWeek];

    /// <summary>What it takes, for messages.</summary>
    public string Takes => $"{First}-{Last}{(Names.Length == 0 ? "" : $" or {Names[0]}-{Names[Names.Length - 1]}")}, with * , - and /"
        + (ReferenceEquals(this, DayOfMonth) ? ", and L and W" : ReferenceEquals(this, DayOfWeek) ? ", and L and #" : "");

    /// <summary>Whether a text is what the field takes.</summary>
    /// <param name="text">The text, without white space.</param>
    public bool Accepts(string text)
    {
        var rest = new Cursor(text);
        bool isWhole = rest.Take('*') || rest.Take('?') ? Step(ref rest) : List(ref rest);
        return (isWhole && rest.IsAtEnd) || IsSpecial(new Cursor(text));
    }

    // What only one field has: the last day (L, L-3, LW), the weekday nearest to one (15W), the last of a weekday (5L), the n-th of one (5#2).
    private bool IsSpecial(Cursor rest)
    {
        if (ReferenceEquals(this, DayOfMonth) && rest.TakeLetter('L'))
            return (!rest.Take('-') || Number(ref rest, 0, Last - 1)) && (rest.IsAtEnd || (rest.TakeLetter('W') && rest.IsAtEnd));
        if (!Value(ref rest))
            return false;
        bool isSpecial = ReferenceEquals(this, DayOfMonth) ? rest.TakeLetter('W')
            : ReferenceEquals(this, DayOfWeek) && (rest.TakeLetter('L') || (rest.Take('#') && Number(ref rest, 1, 5)));
        return isSpecial && rest.IsAtEnd;
    }

    private bool List(ref Cursor rest)
    {
        do
        {
            if (!Value(ref rest) || (rest.Take('-') && !Value(ref rest)) || !Step(ref rest))
                return false;
        }
        while (rest.Take(','));
        return true;
    }

    private bool Step(ref Cursor rest) => !rest.Take('/') || Number(ref rest, 1, Last);

    private bool Value(ref Cursor rest) => rest.TakeNumber() is { } number ? number >= First && number <= Last : rest.TakeName() is { } name && Names.Contains(name);

    private static bool Number(ref Cursor rest, int least, int most) => rest.TakeNumber() is { } number && number >= least && number <= most;

    /// <summary>What is left of a text.</summary>
    private struct Cursor(string text)
    {
        private int _at;

        public readonly bool IsAtEnd => _at == text.Length;

        public bool Take(char wanted)
        {
            if (IsAtEnd || text[_at] != wanted)
                return false;
            _at++;
            return true;
        }

        public bool TakeLetter(char wanted) => Take(wanted) || Take(char.ToLowerInvariant(wanted));

        // Of one or two digits: all that a field has.
        public int? TakeNumber()
        {
            int start = _at;
            while (!IsAtEnd && text[_at] is >= '0' and <= '9')
                _at++;
            if (_at - start is 1 or 2)
                return _at - start == 1 ? text[start] - '0' : ((text[start] - '0') * 10) + text[start + 1] - '0';
            _at = start;
            return null;
        }

        public string? TakeName()
        {
            if (_at + 3 > text.Length || !text.Substring(_at, 3).All(static c => c is (>= 'A' and <= 'Z') or (>= 'a' and <= 'z')))
                return null;
            _at += 3;
            return text.Substring(_at - 3, 3).ToUpperInvariant();
        }
    }
}
