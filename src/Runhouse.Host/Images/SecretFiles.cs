using System.Security.Cryptography;
using System.Text.Json;
using Runhouse.Host.Hosting;

namespace Runhouse.Host.Images;

/// <summary>
/// The files of secrets on this machine, 0600. They are there while an image that has them is applied and the host runs; a file that somebody else made is
/// never overwritten and never removed.
/// </summary>
internal sealed partial class SecretFiles(HostFolders folders, ILogger<SecretFiles> log)
{
    private readonly Lock _gate = new();

    private string ListPath => Path.Combine(folders.Images, "secret-files.json");

    /// <summary>Writes a file for an image.</summary>
    /// <exception cref="IOException">Another file is in its place, or it cannot be written.</exception>
    public void Deliver(string image, string path, byte[] content)
    {
        string hash = HashOf(content);
        lock (_gate)
        {
            List<DeliveredFile> list = ReadList();
            DeliveredFile? known = list.Find(file => file.Path == path);
            if (known is null && File.Exists(path))
            {
                // The user's own, in its usual place: as good, and not ours to remove.
                if (HashOf(File.ReadAllBytes(path)) == hash)
                    return;
                throw new IOException($"{path} exists on this host with other content and was not put there by an image. Remove it, or give the secret another target path.");
            }

            if (known is not null && known.Hash != hash && known.Images.Any(other => other != image))
                throw new IOException($"{path} holds the secret of image {known.Images.First(other => other != image)} with other content. Give one of the two another target path.");

            // Noted first: a host that is killed in between removes it at its next start.
            list.RemoveAll(file => file.Path == path);
            list.Add(new DeliveredFile(path, hash, [.. (known?.Images ?? []).Append(image).Distinct()]));
            WriteList(list);
            if (known?.Hash == hash && File.Exists(path))
                return;
            HostFolders.CreateMissing(Path.GetDirectoryName(path)!);
            HostFolders.WritePrivate(path, content);
        }
    }

    /// <summary>Removes the files that an image no longer has.</summary>
    public void Keep(string image, IReadOnlySet<string> paths)
    {
        lock (_gate)
        {
            List<DeliveredFile> list = ReadList();
            List<DeliveredFile> left = [];
            foreach (DeliveredFile file in list)
            {
                string[] images = [.. file.Images.Where(other => other != image || paths.Contains(file.Path))];
                if (images.Length == 0)
                    Remove(file);
                else
                    left.Add(file with { Images = images });
            }

            if (left.Count != list.Count || !left.SelectMany(static file => file.Images).SequenceEqual(list.SelectMany(static file => file.Images)))
                WriteList(left);
        }
    }

    /// <summary>Removes all: those who need them are gone.</summary>
    public void RemoveAll()
    {
        lock (_gate)
        {
            if (!File.Exists(ListPath))
                return;
            foreach (DeliveredFile file in ReadList())
                Remove(file);
            File.Delete(ListPath);
        }
    }

    private void Remove(DeliveredFile file)
    {
        try
        {
            // Somebody has changed it: it is theirs by now.
            if (File.Exists(file.Path) && HashOf(File.ReadAllBytes(file.Path)) == file.Hash)
                File.Delete(file.Path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogNotRemoved(file.Path, exception.Message);
        }
    }

    private List<DeliveredFile> ReadList()
    {
        try
        {
            return File.Exists(ListPath) ? JsonSerializer.Deserialize(File.ReadAllBytes(ListPath), AppliedJson.Default.ListDeliveredFile) ?? [] : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private void WriteList(List<DeliveredFile> list) =>
        HostFolders.WritePrivate(ListPath, JsonSerializer.SerializeToUtf8Bytes(list, AppliedJson.Default.ListDeliveredFile));

    private static string HashOf(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    [LoggerMessage(LogLevel.Warning, "The secret in {Path} is no longer needed and cannot be removed: {Reason} Remove it by hand")]
    private partial void LogNotRemoved(string path, string reason);
}

/// <summary>A file of a secret on this machine. Its hash says whether it is still what was delivered; it is forgotten with the file.</summary>
internal sealed record DeliveredFile(string Path, string Hash, IReadOnlyList<string> Images);
