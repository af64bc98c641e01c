namespace Runhouse.Providers.Gcp;

/// <summary>What <c>gcloud config set</c> has written: the project of the configuration that is active.</summary>
internal static class GcloudConfiguration
{
    /// <summary>The project; null when none is set.</summary>
    /// <param name="variable">The value of an environment variable.</param>
    public static string? FindProject(Func<string, string?> variable)
    {
        if (variable("CLOUDSDK_CORE_PROJECT") is { Length: > 0 } said)
            return said;
        string folder = variable("CLOUDSDK_CONFIG") is { Length: > 0 } own ? own
            : OperatingSystem.IsWindows() ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "gcloud")
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config", "gcloud");
        string active = Path.Combine(folder, "active_config");
        string name = variable("CLOUDSDK_ACTIVE_CONFIG_NAME") is { Length: > 0 } chosen ? chosen : File.Exists(active) ? File.ReadAllText(active).Trim() : "default";
        string file = Path.Combine(folder, "configurations", $"config_{name}");
        return File.Exists(file) ? Find(File.ReadLines(file)) : null;
    }

    private static string? Find(IEnumerable<string> lines)
    {
        string section = "";
        foreach (string line in lines.Select(static line => line.Trim()))
        {
            if (line.StartsWith('['))
                section = line;
            else if (section == "[core]" && line.Split('=', 2) is [var key, var value] && key.TrimEnd() == "project")
                return value.Trim();
        }

        return null;
    }
}
