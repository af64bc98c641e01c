using Microsoft.Extensions.Configuration;

namespace Runhouse.Runtime.Configuration;

/// <summary>Makes the options: files, then environment variables, then the application's configuration, then code.</summary>
internal static class OptionsLoader
{
    private static readonly HashSet<string> ProviderSections = new(["Aws", "Gcp", "Kubernetes", "Slurm"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads the configuration of this process.</summary>
    /// <param name="home">Runhouse's folder of the user.</param>
    /// <param name="configuration">The application's own configuration, which brings its files and variables itself; null when it has none.</param>
    /// <exception cref="RunhouseConfigurationException">A key is unknown or a value is not allowed.</exception>
    public static RunhouseOptions Load(RunhouseHome home, IConfiguration? configuration = null)
    {
        var entries = new List<ConfigurationEntry>();
        entries.AddRange(ConfigurationSources.RunhouseFile(home.Path));
        foreach (string directory in ApplicationDirectories())
        {
            if (configuration is null)
                entries.AddRange(ConfigurationSources.ApplicationSettings(directory));
            entries.AddRange(ConfigurationSources.RunhouseFile(directory));
        }

        entries.AddRange(ConfigurationSources.EnvironmentVariables(Environment.GetEnvironmentVariables()));
        if (configuration is not null)
            entries.AddRange(ConfigurationSources.Application(configuration));
        var options = new RunhouseOptions();
        Apply(entries, options);
        return options;
    }

    /// <summary>Puts entries into options, in order: a later one wins.</summary>
    /// <param name="entries">The entries.</param>
    /// <param name="options">The options to change.</param>
    /// <exception cref="RunhouseConfigurationException">A key is unknown or a value is not allowed.</exception>
    public static void Apply(IEnumerable<ConfigurationEntry> entries, RunhouseOptions options)
    {
        foreach (ConfigurationEntry entry in entries)
        {
            if (TryApplyToProvider(entry, options))
                continue;
            ConfigurationKey? key = ConfigurationKey.All.FirstOrDefault(key => key.Name.Equals(entry.Key, StringComparison.OrdinalIgnoreCase));
            if (key is null)
            {
                throw new RunhouseConfigurationException(
                    $"Runhouse:{entry.Key} in {entry.Source} is not a key of Runhouse. The keys are {string.Join(", ", ConfigurationKey.All.Select(static key => key.Name))}.");
            }

            if (!key.TryApply(options, entry.Value))
            {
                throw new RunhouseConfigurationException(
                    $"Runhouse:{key.Name} = \"{entry.Value}\" in {entry.Source} is not allowed. Write {key.Allowed}.");
            }
        }
    }

    // Which keys a provider has is known to its package, which need not be there in each program that reads the file.
    private static bool TryApplyToProvider(ConfigurationEntry entry, RunhouseOptions options)
    {
        if (entry.Key.Split(':', 2) is not [var section, var key] || !ProviderSections.Contains(section))
            return false;
        if (!options.OnDemand.Providers.TryGetValue(section, out IDictionary<string, string?>? values))
            options.OnDemand.Providers[section] = values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        values[key] = entry.Value;
        return true;
    }

    private static IEnumerable<string> ApplicationDirectories()
    {
        yield return AppContext.BaseDirectory;

        // A file-based program (dotnet run app.cs) is built into a folder of the SDK's; its own folder is told here.
        if (AppContext.GetData("EntryPointFileDirectoryPath") is string { Length: > 0 } directory)
            yield return directory;
    }
}
