namespace Runhouse.Runtime.Clusters;

/// <summary>What a cluster may be called: its name is a file's, here and on its hosts.</summary>
internal static class ClusterName
{
    private const int MaxLength = 63;

    /// <summary>Checks a name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ArgumentException">It is no name for a cluster.</exception>
    public static void Check(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is 0 or > MaxLength || !char.IsAsciiLetterOrDigit(name[0]) || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            throw new ArgumentException(
                $"'{name}' is no name for a cluster. It has 1 to {MaxLength} letters, digits, '-', '_' and '.', and begins with a letter or a digit.", nameof(name));
        }
    }
}
