using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Files;

namespace Runhouse.Runtime.Deployment;

/// <summary>Brings the files of a manifest to a host's store: those that the host says it lacks.</summary>
internal static class ManifestUpload
{
    /// <summary>Uploads the files that a host asks for.</summary>
    /// <param name="hashes">Their hashes.</param>
    /// <param name="sources">The file with each content, by hash.</param>
    /// <param name="owner">What they belong to, for messages.</param>
    /// <param name="host">The host.</param>
    /// <param name="cancellationToken">Stops the upload.</param>
    /// <exception cref="DeploymentException">A file cannot be read, or the host refused it, or asked for one that it was not told of.</exception>
    public static async Task SendAsync(
        IEnumerable<string> hashes, IReadOnlyDictionary<string, FileInfo> sources, string owner, HostClient host, CancellationToken cancellationToken)
    {
        try
        {
            await ContentUpload.SendAsync(host, hashes, SourceOf, host.UploadAsync, meter: null, cancellationToken).ConfigureAwait(false);
        }
        catch (FileTransferException e)
        {
            throw new DeploymentException($"{e.Message} Make it readable, build again if it belongs to a build, and try again.", e);
        }

        FileInfo SourceOf(string hash) => sources.GetValueOrDefault(hash)
            ?? throw new DeploymentException($"{host.Address} asks for a file with the hash {hash}, which is none of {owner}'s. Is it a host of another version?");
    }
}
