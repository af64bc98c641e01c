namespace Runhouse.Runtime.Secrets;

/// <summary>The file <c>.netrc</c> of logins by machine, as ftp(1) describes it.</summary>
internal static class NetworkLogins
{
    /// <summary>The password for a machine; null when the file or the machine is not there.</summary>
    public static string? FindPassword(string path, string machine)
    {
        if (!File.Exists(path))
            return null;
        string[] words = File.ReadAllText(path).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        bool isIt = false;
        for (int i = 0; i + 1 < words.Length; i++)
        {
            if (words[i] == "machine")
                isIt = words[++i] == machine;
            else if (words[i] == "default")
                isIt = false;
            else if (words[i] == "password" && isIt)
                return words[i + 1];
        }

        return null;
    }
}
