namespace Runhouse.Protocol.Contracts;

/// <summary>Finds names that somebody may have meant.</summary>
public static class NearNames
{
    private const int Most = 3;
    private const int LongestCompared = 200;

    /// <summary>The nearest ones, best first.</summary>
    /// <param name="name">The name that nothing has.</param>
    /// <param name="names">Those that there are.</param>
    public static string[] Of(string name, IEnumerable<string> names)
    {
        if (name.Length > LongestCompared)
            return [];
        (string Name, int Distance)[] near = [.. names.Select(other => (Name: other, Distance: Distance(name, other)))
            .Where(candidate => candidate.Distance <= Math.Max(2, name.Length / 3))
            .OrderBy(static candidate => candidate.Distance)
            .ThenBy(static candidate => candidate.Name, StringComparer.Ordinal)];

        // One that reads the same is the one.
        return [.. near.TakeWhile(candidate => near[0].Distance > 0 || candidate.Distance == 0).Take(Most).Select(static candidate => candidate.Name)];
    }

    /// <summary>The Levenshtein distance of two names; upper and lower case are alike, and so is what is read as the other: O and 0, l and 1.</summary>
    private static int Distance(string left, string right)
    {
        int[] row = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int substitution = diagonal + (Form(left[i - 1]) == Form(right[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitution, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[right.Length];
    }

    private static char Form(char letter) => char.ToUpperInvariant(letter) switch
    {
        'O' => '0',
        'I' or 'L' => '1',
        var upper => upper,
    };
}
