using System.Formats.Tar;
using System.IO.Compression;
using System.IO.Pipelines;

namespace Runhouse.Runtime.Machines;

/// <summary>
/// Bundles as one compressed archive, made while it is sent: compressing goes on on another core, and is faster than the network that it is for.
/// </summary>
internal sealed class BundleArchive : IAsyncDisposable
{
    // The fastest level leaves a fifth more of a .NET runtime to send; beyond this one every megabyte less costs a tenth of a second.
    private static readonly ZLibCompressionOptions Compression = new() { CompressionLevel = 3 };

    private readonly CancellationTokenSource _stop = new();
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 4 << 20, resumeWriterThreshold: 2 << 20));
    private readonly Task _writing;

    /// <summary>Starts to make the archive.</summary>
    /// <param name="bundles">The bundles.</param>
    /// <param name="sent">Is told of each file's size, in bytes, once it is in the archive.</param>
    public BundleArchive(IReadOnlyList<HostBundle> bundles, Action<long> sent)
    {
        Content = _pipe.Reader.AsStream();
        _writing = Task.Run(() => WriteAsync(bundles, sent, _stop.Token));
    }

    /// <summary>The archive, as it comes to be.</summary>
    public Stream Content { get; }

    /// <summary>Stops making the archive, if it is not done.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Content.DisposeAsync().ConfigureAwait(false);
        await _writing.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task WriteAsync(IReadOnlyList<HostBundle> bundles, Action<long> sent, CancellationToken stop)
    {
        try
        {
            var compressed = new GZipStream(_pipe.Writer.AsStream(leaveOpen: true), Compression, leaveOpen: false);
            await using (compressed.ConfigureAwait(false))
            {
                var archive = new TarWriter(compressed, TarEntryFormat.Ustar, leaveOpen: true);
                await using (archive.ConfigureAwait(false))
                {
                    foreach (BundleFile file in bundles.SelectMany(static bundle => bundle.Files))
                    {
                        await WriteAsync(archive, file, stop).ConfigureAwait(false);
                        sent(file.Source.Length);
                    }
                }
            }

            await _pipe.Writer.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // Whoever reads the archive gets it.
            await _pipe.Writer.CompleteAsync(error).ConfigureAwait(false);
        }
    }

    private static async Task WriteAsync(TarWriter archive, BundleFile file, CancellationToken stop)
    {
        FileStream content = file.Source.OpenRead();
        await using (content.ConfigureAwait(false))
        {
            var entry = new UstarTarEntry(TarEntryType.RegularFile, file.Path)
            {
                DataStream = content,
                Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | (file.IsExecutable ? UnixFileMode.UserExecute : UnixFileMode.None),
            };
            await archive.WriteEntryAsync(entry, stop).ConfigureAwait(false);
        }
    }
}
