using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Files;

/// <summary>Uploads contents to a host, some side by side, compressed when they have to travel.</summary>
internal static class ContentUpload
{
    /// <summary>How many contents travel side by side.</summary>
    public const int AtOnce = 4;

    private const long LargestCompressed = 32 << 20;

    private static readonly HashSet<string> Compressible = new(StringComparer.OrdinalIgnoreCase)
    {
        "", ".c", ".cc", ".cfg", ".conf", ".config", ".cpp", ".cs", ".csproj", ".css", ".csv", ".dll", ".fs", ".go", ".h", ".hpp", ".html", ".ini", ".ipynb",
        ".java", ".js", ".json", ".jsonl", ".log", ".map", ".md", ".npy", ".pdb", ".props", ".proto", ".ps1", ".py", ".rs", ".sh", ".sln", ".so", ".sql", ".svg",
        ".targets", ".tex", ".toml", ".ts", ".tsv", ".tsx", ".txt", ".xml", ".yaml", ".yml",
    };

    /// <summary>Whether a file is worth compressing: by its name, as looking inside costs as much.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="size">Its size in bytes.</param>
    public static bool IsCompressible(string name, long size) => size <= LargestCompressed && Compressible.Contains(Path.GetExtension(name));

    /// <summary>Uploads contents.</summary>
    /// <param name="host">The host.</param>
    /// <param name="hashes">Their hashes.</param>
    /// <param name="sourceOf">The file with a content.</param>
    /// <param name="send">Sends one.</param>
    /// <param name="meter">Measures what was sent; null when nobody asks.</param>
    /// <param name="cancellationToken">Stops the upload.</param>
    /// <exception cref="FileTransferException">A file cannot be read.</exception>
    public static Task SendAsync(
        HostClient host,
        IEnumerable<string> hashes,
        Func<string, FileInfo> sourceOf,
        Func<string, HttpContent, CancellationToken, Task> send,
        TransferMeter? meter,
        CancellationToken cancellationToken) => Parallel.ForEachAsync(
            hashes.Distinct(StringComparer.Ordinal),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (hash, token) =>
            {
                FileInfo file = sourceOf(hash);
                FileStream stream = Open(file);
                await using (stream.ConfigureAwait(false))
                {
                    bool isCompressed = !host.Address.IsThisMachine && IsCompressible(file.Name, file.Length);
                    using var content = new SentContent(stream, file.Length, isCompressed, meter is null ? null : meter.AddBytes);
                    try
                    {
                        await send(hash, content, token).ConfigureAwait(false);
                    }
                    catch (Exception) when (content.ReadError is { } error)
                    {
                        throw Unreadable(file, error);
                    }
                }

                meter?.AddFile();
            });

    private static FileStream Open(FileInfo file)
    {
        try
        {
            return new FileStream(
                file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1, FileOptions.SequentialScan | FileOptions.Asynchronous);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(file, e);
        }
    }

    private static FileTransferException Unreadable(FileInfo file, Exception cause) => new($"{file.FullName} cannot be uploaded, or is being changed: {cause.Message}", cause);
}
