namespace Runhouse.Protocol.Contracts;

/// <summary>Finds names that somebody may have meant.</summary>
public static class NearNames
{
    private const int Most = 3;
    private const int LongestCompared = 200;

    /// <summary>The nearest ones, best first.</summary>
    /// <param name="name">The name that nothing has.</param>
    /// <param name="names">Those that there are.</param>
    public static string[] Of(string name, IEnumerable<string> names) => name.Length > LongestCompared
        ? []
        :
        [
            .. names.Select(other => (Name: other, Distance: Distance(name, other)))
                .Where(candidate => candidate.Distance <= Math.Max(2, name.Length / 3))
                .OrderBy(static candidate => candidate.Distance)
                .ThenBy(static candidate => candidate.Name, StringComparer.Ordinal)
                .Take(Most)
                .Select(static candidate => candidate.Name),
        ];

    /// <summary>The Levenshtein distance of two names, upper and lower case alike.</summary>
    private static int Distance(string left, string right)
    {
        int[] row = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int substitution = diagonal + (char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitution, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[right.Length];
    }
}
