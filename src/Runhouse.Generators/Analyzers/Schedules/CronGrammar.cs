namespace Runhouse.Generators.Analyzers.Schedules;

/// <summary>
/// The grammar of schedules, as the host reads them, with a package that is not at hand in a compiler: that of Cronos, without its H, which stands for a random value. A
/// test holds the two together.
/// </summary>
internal static class CronGrammar
{
    private const int WithSeconds = 6;
    private const int WithoutSeconds = 5;

    private static readonly string[] Macros = ["@every_second", "@every_minute", "@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"];

    /// <summary>What is wrong with an expression, in words that follow its text; null when nothing is.</summary>
    /// <param name="expression">The expression.</param>
    public static string? Problem(string expression)
    {
        string[] texts = expression.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (texts.Length > 0 && texts[0].StartsWith("@", StringComparison.Ordinal))
        {
            return texts.Length == 1 && Macros.Contains(texts[0], StringComparer.OrdinalIgnoreCase)
                ? null
                : $"of the words with an at sign there are {string.Join(", ", Macros)}, which stand alone";
        }

        if (texts.Length is not (WithSeconds or WithoutSeconds))
        {
            return $"it has {texts.Length} field{(texts.Length == 1 ? "" : "s")}. Write five (minute, hour, day of the month, month, day of the week), such as \"0 6 * * MON-FRI\", "
                + "or six with seconds in front";
        }

        int skipped = CronField.All.Count - texts.Length;
        for (int i = 0; i < texts.Length; i++)
        {
            CronField field = CronField.All[i + skipped];
            if (!field.Accepts(texts[i]))
                return $"'{texts[i]}' is no {field.Name}, which takes {field.Takes}";
        }

        return null;
    }
}
