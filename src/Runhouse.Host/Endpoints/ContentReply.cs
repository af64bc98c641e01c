namespace Runhouse.Host.Endpoints;

/// <summary>Answers with a content, piece by piece.</summary>
internal static class ContentReply
{
    /// <summary>The kind of bytes of which nothing is known.</summary>
    public const string Unknown = "application/octet-stream";

    private const int BufferBytes = 128 << 10;

    /// <summary>Writes a file, of the length that it has now.</summary>
    public static async Task WriteAsync(HttpContext context, FileStream file)
    {
        context.Response.ContentLength = file.Length;

        // Whoever looks at it in a browser sees bytes to keep, and no page of this host.
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.ContentDisposition = "attachment";
        await file.CopyToAsync(context.Response.Body, BufferBytes, context.RequestAborted).ConfigureAwait(false);
    }
}
