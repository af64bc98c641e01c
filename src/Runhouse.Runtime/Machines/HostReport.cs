using System.Globalization;
using System.Text;
using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Machines;

/// <summary>What <c>host.sh</c> says: the first word of its output, facts as name and value, the host's file if there is a host, and other text.</summary>
/// <param name="Word">What happened.</param>
/// <param name="Facts">What it says about the machine.</param>
/// <param name="Host">The host that runs; null when none does.</param>
/// <param name="Text">The lines that are neither.</param>
internal sealed record HostReport(string Word, IReadOnlyDictionary<string, string> Facts, HostFile? Host, string Text)
{
    /// <summary>The machine's runtime identifier.</summary>
    public string Rid => Facts.GetValueOrDefault("rid", "");

    /// <summary>Whether the machine has a .NET runtime that fits, its own or one that was sent.</summary>
    public bool HasDotnet => Facts.GetValueOrDefault("dotnet", "").Length > 0;

    /// <summary>Whether the machine has the host's programs.</summary>
    public bool HasPrograms => Facts.ContainsKey("programs");

    /// <summary>The bytes that are free on the machine; null when it does not say.</summary>
    public long? FreeBytes => long.TryParse(Facts.GetValueOrDefault("free"), NumberStyles.None, CultureInfo.InvariantCulture, out long kib) ? kib << 10 : null;

    /// <summary>Reads the script's output.</summary>
    /// <param name="output">The output.</param>
    public static HostReport Parse(string output)
    {
        // What a login shell greets with comes before; nobody can keep it from that.
        string[] lines = output.Split('\n');
        int first = Array.FindIndex(lines, static line => Words.Contains(line.TrimEnd('\r')));
        if (first < 0)
            return new HostReport("", new Dictionary<string, string>(StringComparer.Ordinal), Host: null, output.Trim());
        var facts = new Dictionary<string, string>(StringComparer.Ordinal);
        var text = new StringBuilder();
        HostFile? host = null;
        foreach (string line in lines.Skip(first + 1).Select(static line => line.TrimEnd('\r')))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (line.StartsWith('{') && HostFile.TryParse(Encoding.UTF8.GetBytes(line)) is { } file)
                host = file;
            else if (equals > 0 && line.AsSpan(0, equals).IndexOfAnyExceptInRange('a', 'z') < 0)
                facts[line[..equals]] = line[(equals + 1)..];
            else if (line.Length > 0)
                text.Append(line).Append('\n');
        }

        return new HostReport(lines[first].TrimEnd('\r'), facts, host, text.ToString());
    }

    private static readonly string[] Words = ["RUNNING", "STARTED", "FACTS", "NEEDS", "NONE", "UNWRITABLE", "BROKEN", "FAILED", "ENDED", "STAYS", "GONE"];
}
