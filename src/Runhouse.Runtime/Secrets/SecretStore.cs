using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Runhouse.Runtime.Configuration;

namespace Runhouse.Runtime.Secrets;

/// <summary>The secrets that a user has saved: a file for each. Any number of processes may use it at once: a file appears whole or not at all.</summary>
/// <param name="folder">The folder.</param>
internal sealed partial class SecretStore(string folder)
{
    private const string Extension = ".secret";

    /// <summary>Saves a secret; the result is the one that has the name then.</summary>
    public Secret Save(Secret secret, bool replace)
    {
        RunhouseHome.CreatePrivate(folder);
        string path = PathOf(secret.Name);
        string draft = $"{path}.{Path.GetRandomFileName()}.tmp";
        try
        {
            using (var stream = new FileStream(draft, RunhouseHome.PrivateFile))
            {
                stream.Write(AtRest.Protect(JsonSerializer.SerializeToUtf8Bytes(SavedSecret.Of(secret), SecretJson.Default.SavedSecret)));
                stream.Flush(flushToDisk: true);
            }

            if (!replace)
                return TryAdd(draft, path) ? secret : Get(secret.Name);
            File.Move(draft, path, overwrite: true);
            return secret;
        }
        finally
        {
            File.Delete(draft);
        }
    }

    /// <exception cref="KeyNotFoundException">No secret has that name.</exception>
    /// <exception cref="InvalidDataException">The file cannot be understood.</exception>
    public Secret Get(string name)
    {
        byte[] file;
        try
        {
            file = File.ReadAllBytes(PathOf(name));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            IReadOnlyList<string> known = List();
            throw new KeyNotFoundException(
                $"No secret is saved under the name '{name}'. {(known.Count == 0 ? "None is saved at all" : $"Those saved: {string.Join(", ", known)}")}. Make one with Secret.FromValues, FromEnvironment, FromFile or FromProvider, and Save it.");
        }

        try
        {
            if (JsonSerializer.Deserialize(AtRest.Unprotect(file), SecretJson.Default.SavedSecret) is { } saved)
                return saved.ToSecret(name);
        }
        catch (Exception exception) when (exception is JsonException or System.Security.Cryptography.CryptographicException)
        {
            // Neither its text nor what the reader says of it: both may hold a part of the value.
        }

        throw new InvalidDataException($"The saved secret '{name}' in {PathOf(name)} is damaged, or was saved by another user. Save it again with replace: true.");
    }

    /// <summary>The names, in ordinal order.</summary>
    public IReadOnlyList<string> List() => !Directory.Exists(folder)
        ? []
        : [.. Directory.EnumerateFiles(folder, "*" + Extension).Select(static path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    /// <summary>Removes a secret; false when there was none.</summary>
    public bool Delete(string name)
    {
        bool exists = File.Exists(PathOf(name));
        if (exists)
            File.Delete(PathOf(name));
        return exists;
    }

    /// <summary>Gives the file its name, if no other has it: of those who come at once, one does.</summary>
    private static bool TryAdd(string draft, string path)
    {
        // File.Move looks first and moves then, on Unix; a second name is given in one step.
        if (!OperatingSystem.IsWindows() && Link(draft, path) == 0)
            return true;
        try
        {
            if (File.Exists(path))
                return false;

            // Windows, or a file system whose files have one name each.
            File.Move(draft, path, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string source, string target);

    private string PathOf(string name) => Path.Combine(folder, name + Extension);
}

/// <summary>A secret in its file.</summary>
internal sealed record SavedSecret(Dictionary<string, string>? Values, List<SecretFile>? Files, List<string>? Settings)
{
    public static SavedSecret Of(Secret secret) => new(new Dictionary<string, string>(secret.Values), [.. secret.Contents], [.. secret.Settings]);

    public Secret ToSecret(string name) => new(name, Values ?? [], Files ?? []) { Settings = Settings ?? [] };
}

/// <summary>The JSON of saved secrets.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SavedSecret))]
internal sealed partial class SecretJson : JsonSerializerContext;
