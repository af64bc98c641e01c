using System.Buffers;
using System.Security.Cryptography;

namespace Runhouse.Protocol.Files;

/// <summary>SHA-256 of contents, in lower-case hexadecimal.</summary>
public static class ContentHash
{
    /// <summary>The hash of no bytes.</summary>
    public const string OfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private const int Length = 64;
    private const int BufferBytes = 128 << 10;

    private static readonly SearchValues<char> LowerHexadecimal = SearchValues.Create("0123456789abcdef");

    /// <summary>Whether a text is such a hash.</summary>
    /// <param name="text">The text.</param>
    public static bool IsHash(string? text) => text is { Length: Length } && !text.AsSpan().ContainsAnyExcept(LowerHexadecimal);

    /// <summary>Copies a content and checks it; of another one, or of one that breaks off, nothing is left.</summary>
    /// <param name="content">The content.</param>
    /// <param name="path">Where the copy is to be.</param>
    /// <param name="hash">What the content must hash to.</param>
    /// <param name="size">Its size in bytes: what is longer is not read to its end.</param>
    /// <param name="copied">Is told how many bytes were copied, piece by piece.</param>
    /// <param name="cancellationToken">Stops copying.</param>
    /// <returns>Whether the content had the hash.</returns>
    public static async Task<bool> CopyAsync(Stream content, string path, string hash, long size, Action<int>? copied, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        string draft = path + ".part";
        using var hasher = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var file = new FileStream(draft, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            await using (file.ConfigureAwait(false))
            {
                int read;
                long left = size;
                while ((read = await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
                {
                    left -= read;
                    if (left < 0)
                        return false;
                    hasher.AppendData(buffer, 0, read);
                    await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                    copied?.Invoke(read);
                }
            }

            if (Convert.ToHexStringLower(hasher.GetHashAndReset()) != hash)
                return false;
            File.Move(draft, path, overwrite: true);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            File.Delete(draft);
        }
    }
}
