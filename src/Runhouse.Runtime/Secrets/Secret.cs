using Runhouse.Runtime.Configuration;
using Runhouse.Runtime.Secrets;

namespace Runhouse;

/// <summary>
/// Named credentials for remote code, delivered with an <see cref="Image"/>: as environment variables of its workers and steps, and as files on the host
/// that only its user can read. Their values are in no log, status, process argument, exception or <see cref="ToString"/>.
/// </summary>
public sealed class Secret
{
    private const int MaxNameLength = 64;
    private const long MaxFileBytes = 1 << 20;

    internal Secret(string name, IReadOnlyDictionary<string, string> values, IReadOnlyList<SecretFile> contents) => (Name, Values, Contents) = (CheckName(name), values, contents);

    /// <summary>The name: 1 to 64 letters, digits, dots, hyphens and underscores.</summary>
    public string Name { get; }

    /// <summary>The names of its environment variables.</summary>
    public IReadOnlyCollection<string> Variables => [.. Values.Keys];

    /// <summary>Where its files go on the host.</summary>
    public IReadOnlyCollection<string> Files => [.. Contents.Select(static file => file.Target)];

    internal IReadOnlyDictionary<string, string> Values { get; }

    internal IReadOnlyList<SecretFile> Contents { get; }

    /// <summary>Names of variables whose values are settings and no credentials: they need not be hidden.</summary>
    internal IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>A secret of given values.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">Environment variables by their names.</param>
    /// <exception cref="ArgumentException">The name is none, or there is no value.</exception>
    public static Secret FromValues(string name, IReadOnlyDictionary<string, string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count == 0 || values.Any(static value => string.IsNullOrEmpty(value.Key) || value.Value is null))
            throw new ArgumentException($"The secret '{name}' has no values, or one without a name. Give at least one name and value.", nameof(values));
        return new Secret(name, new Dictionary<string, string>(values, StringComparer.Ordinal), []);
    }

    /// <summary>A secret of environment variables of this process.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="variables">The variables' names, which they keep.</param>
    /// <exception cref="InvalidOperationException">One of them is not set.</exception>
    public static Secret FromEnvironment(string name, params string[] variables)
    {
        ArgumentNullException.ThrowIfNull(variables);
        if (variables.Length == 0)
            throw new ArgumentException($"The secret '{name}' names no environment variable. Name at least one.", nameof(variables));
        string[] missing = [.. variables.Where(static variable => Environment.GetEnvironmentVariable(variable) is null)];
        if (missing.Length > 0)
            throw new InvalidOperationException($"The secret '{name}' takes environment variables that are not set here: {string.Join(", ", missing)}. Set them before this program starts.");
        return new Secret(name, variables.Distinct().ToDictionary(static variable => variable, static variable => Environment.GetEnvironmentVariable(variable)!, StringComparer.Ordinal), []);
    }

    /// <summary>A secret of a file.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="path">The file on this machine, at most 1 MiB.</param>
    /// <param name="targetPath">
    /// Where it goes on the host: absolute, <c>~/...</c>, or relative to the home of the host's user. Null for the same place below the home as here, and for
    /// a file from elsewhere <c>~/.secrets/NAME/FILE</c>.
    /// </param>
    /// <exception cref="IOException">The file cannot be read, or is larger.</exception>
    public static Secret FromFile(string name, string path, string? targetPath = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new FileNotFoundException($"The file {file.FullName} of the secret '{name}' does not exist. Check the path.", file.FullName);
        if (file.Length > MaxFileBytes)
            throw new IOException($"The file {file.FullName} of the secret '{name}' has {file.Length} bytes; a secret's has at most {MaxFileBytes}. Copy larger files with Image.Copy.");
        return new Secret(name, new Dictionary<string, string>(), [new SecretFile(targetPath ?? TargetOf(CheckName(name), file.FullName), File.ReadAllBytes(file.FullName))]);
    }

    /// <summary>The credentials of a service, from where its own tools keep them on this machine.</summary>
    /// <param name="provider">The service.</param>
    /// <exception cref="InvalidOperationException">There are none.</exception>
    public static Secret FromProvider(SecretProvider provider) => KnownProvider.Of(provider).Read(UserHome, Environment.GetEnvironmentVariable);

    /// <summary>The credentials of a service, from where its own tools keep them on this machine.</summary>
    /// <param name="provider">
    /// The service: <c>aws</c>, <c>gcp</c>, <c>azure</c>, <c>github</c>, <c>huggingface</c>, <c>openai</c>, <c>anthropic</c>, <c>kubernetes</c>, <c>ssh</c>,
    /// <c>docker</c> or <c>wandb</c>.
    /// </param>
    /// <exception cref="ArgumentException">No service has that name; the message lists those known.</exception>
    /// <exception cref="InvalidOperationException">There are no credentials of it.</exception>
    public static Secret FromProvider(string provider)
    {
        ArgumentException.ThrowIfNullOrEmpty(provider);
        return KnownProvider.Of(provider).Read(UserHome, Environment.GetEnvironmentVariable);
    }

    /// <summary>A secret that was saved.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="KeyNotFoundException">None has that name; the message lists those that are saved.</exception>
    public static Secret Get(string name) => Store.Get(CheckName(name));

    /// <summary>The names of the secrets that are saved, in ordinal order.</summary>
    public static IReadOnlyList<string> List() => Store.List();

    /// <summary>Removes a saved secret; false when there was none of that name.</summary>
    /// <param name="name">Its name.</param>
    public static bool Delete(string name) => Store.Delete(CheckName(name));

    /// <summary>Saves the secret under its name for later programs of this user: in <c>~/.runhouse/secrets</c>, readable by this user only, encrypted on Windows.</summary>
    /// <param name="replace">Whether a secret that was saved under the name before is replaced; otherwise it stays.</param>
    /// <returns>The secret that has the name now.</returns>
    public Secret Save(bool replace = false) => Store.Save(this, replace);

    /// <summary>The name, and nothing of the values.</summary>
    public override string ToString() => $"secret {Name}";

    internal static string CheckName(string name) => name is { Length: > 0 and <= MaxNameLength } && char.IsAsciiLetterOrDigit(name[0])
        && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')
            ? name
            : throw new ArgumentException($"A secret's name has 1 to {MaxNameLength} letters, digits, dots, hyphens and underscores, and begins with a letter or digit. Choose another one.", nameof(name));

    private static SecretStore Store => new(RunhouseHome.Current.Secrets);

    private static string UserHome => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    private static string TargetOf(string name, string path)
    {
        string relative = Path.GetRelativePath(UserHome, path).Replace('\\', '/');
        return relative.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(relative) ? $"~/.secrets/{name}/{Path.GetFileName(path)}" : "~/" + relative;
    }
}
