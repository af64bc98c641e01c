using System.IO.Compression;
using System.Net.Http.Headers;
using Runhouse.Protocol.Control;
using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Deployment;

/// <summary>Brings an application to a host: announces its files, uploads those that the host lacks, announces them again.</summary>
internal static class DeploymentUpload
{
    private const int AtOnce = 4;
    private const long LargestCompressed = 32 << 20;

    /// <summary>Deploys a build.</summary>
    /// <param name="build">The build.</param>
    /// <param name="host">The host.</param>
    /// <param name="cancellationToken">Stops the upload.</param>
    /// <exception cref="DeploymentException">The host refused a file, or a file changed meanwhile.</exception>
    public static async Task DeployAsync(ApplicationBuild build, HostClient host, CancellationToken cancellationToken)
    {
        DeploymentReply reply = await host.DeployAsync(build.Manifest, cancellationToken).ConfigureAwait(false);
        if (reply.Missing.Count == 0)
            return;
        await Parallel.ForEachAsync(
            reply.Missing.Distinct(StringComparer.Ordinal),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (hash, token) => await UploadAsync(build, hash, host, token).ConfigureAwait(false)).ConfigureAwait(false);
        reply = await host.DeployAsync(build.Manifest, cancellationToken).ConfigureAwait(false);
        if (reply.Missing.Count > 0)
        {
            throw new DeploymentException(
                $"{host.Address} still lacks {reply.Missing.Count} files of {build.Manifest.Application} after they were uploaded. Look for the cause in the host's log.");
        }
    }

    private static async Task UploadAsync(ApplicationBuild build, string hash, HostClient host, CancellationToken cancellationToken)
    {
        if (!build.Sources.TryGetValue(hash, out FileInfo? file))
            throw new DeploymentException($"{host.Address} asks for a file with the hash {hash}, which is none of {build.Manifest.Application}'s. Is it a host of another version?");
        FileStream stream;
        try
        {
            stream = new FileStream(
                file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1, FileOptions.SequentialScan | FileOptions.Asynchronous);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DeploymentException($"{file.FullName} cannot be uploaded: {e.Message} Build the project again.", e);
        }

        await using (stream.ConfigureAwait(false))
        {
            using HttpContent content = !host.Address.IsThisMachine && IsCompressible(file) ? new CompressedContent(stream) : new StreamContent(stream, 128 << 10);
            await host.UploadAsync(hash, content, cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool IsCompressible(FileInfo file)
        => file.Length <= LargestCompressed && file.Extension is ".dll" or ".pdb" or ".json" or ".so" or ".xml" or ".txt" or ".csv" or "";

    private sealed class CompressedContent : HttpContent
    {
        private readonly Stream _source;

        public CompressedContent(Stream source)
        {
            _source = source;
            Headers.ContentEncoding.Add("br");
            Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        }

        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
            => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context, CancellationToken cancellationToken)
        {
            var brotli = new BrotliStream(stream, CompressionLevel.Fastest, leaveOpen: true);
            await using (brotli.ConfigureAwait(false))
                await _source.CopyToAsync(brotli, cancellationToken).ConfigureAwait(false);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
