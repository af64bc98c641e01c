using System.Globalization;

namespace Runhouse.Runtime.Providers.Ssh.ClientConfig;

/// <summary>Times as OpenSSH writes them (<c>man sshd_config</c>, TIME FORMATS): <c>90</c>, <c>1m30s</c>.</summary>
internal static class ConfigTime
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    /// <summary>Reads a time.</summary>
    /// <param name="text">The text.</param>
    /// <param name="time">The time.</param>
    public static bool TryParse(string text, out TimeSpan time)
    {
        time = TimeSpan.Zero;
        int i = 0;
        while (i < text.Length)
        {
            int start = i;
            while (i < text.Length && char.IsAsciiDigit(text[i]))
                i++;
            if (!int.TryParse(text.AsSpan(start, i - start), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
                return false;
            int seconds = i == text.Length ? 1 : char.ToLowerInvariant(text[i++]) switch
            {
                's' => 1,
                'm' => 60,
                'h' => 3600,
                'd' => 86400,
                'w' => 604800,
                _ => 0,
            };
            if (seconds == 0 || (time += TimeSpan.FromSeconds((long)number * seconds)) > Longest)
                return false;
        }

        return text.Length > 0;
    }
}
