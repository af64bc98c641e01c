using System.IO.Compression;
using System.Net.Http.Headers;
using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Deployment;

/// <summary>Brings files to a host's store by the hash of their content.</summary>
internal static class ContentUpload
{
    private const int AtOnce = 4;
    private const long LargestCompressed = 32 << 20;

    /// <summary>Uploads the files that a host asks for.</summary>
    /// <param name="hashes">Their hashes.</param>
    /// <param name="sources">The file with each content, by hash.</param>
    /// <param name="owner">What they belong to, for messages.</param>
    /// <param name="host">The host.</param>
    /// <param name="cancellationToken">Stops the upload.</param>
    /// <exception cref="DeploymentException">The host refused a file, or asked for one that it was not told of.</exception>
    public static Task SendAsync(
        IEnumerable<string> hashes, IReadOnlyDictionary<string, FileInfo> sources, string owner, HostClient host, CancellationToken cancellationToken)
        => Parallel.ForEachAsync(
            hashes.Distinct(StringComparer.Ordinal),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (hash, token) => await SendAsync(hash, sources, owner, host, token).ConfigureAwait(false));

    private static async Task SendAsync(
        string hash, IReadOnlyDictionary<string, FileInfo> sources, string owner, HostClient host, CancellationToken cancellationToken)
    {
        if (!sources.TryGetValue(hash, out FileInfo? file))
            throw new DeploymentException($"{host.Address} asks for a file with the hash {hash}, which is none of {owner}'s. Is it a host of another version?");
        FileStream stream;
        try
        {
            stream = new FileStream(
                file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1, FileOptions.SequentialScan | FileOptions.Asynchronous);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DeploymentException($"{file.FullName} cannot be uploaded: {e.Message} Make it readable, and try again.", e);
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
