using System.Security.Cryptography;
using System.Text;

namespace Runhouse.Protocol.Control;

/// <summary>One version of one application's files. Its id is the hash of its content, so that the same build is the same deployment.</summary>
public sealed record DeploymentManifest
{
    /// <summary>The application's id: its assembly name, or what <c>Runhouse:Application</c> says.</summary>
    public required string Application { get; init; }

    /// <summary>The path of the entry assembly inside the deployment.</summary>
    public required string EntryAssembly { get; init; }

    /// <summary>The files, by ordinal order of their paths.</summary>
    public required IReadOnlyList<DeployedFile> Files { get; init; }

    /// <summary>The deployment's id: SHA-256 over the manifest in a canonical form, in lower-case hexadecimal.</summary>
    public string ComputeId()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, Application);
        Append(hash, EntryAssembly);
        foreach (DeployedFile file in Files.OrderBy(static file => file.Path, StringComparer.Ordinal))
        {
            Append(hash, file.Path);
            Append(hash, file.Hash);
            Append(hash, file.IsExecutable ? "x" : "-");
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        // A line feed occurs in no valid path and no hash, so that no two manifests run together.
        static void Append(IncrementalHash hash, string value) => hash.AppendData(Encoding.UTF8.GetBytes(value + "\n"));
    }
}

/// <summary>A file of a deployment.</summary>
/// <param name="Path">Its path inside the deployment, with forward slashes, relative, without <c>..</c>.</param>
/// <param name="Hash">SHA-256 of its content, in lower-case hexadecimal.</param>
/// <param name="Size">Its size in bytes.</param>
public sealed record DeployedFile(string Path, string Hash, long Size)
{
    /// <summary>Whether it may be executed on the host.</summary>
    public bool IsExecutable { get; init; }
}
