namespace Runhouse.Protocol.Codec;

/// <summary>How much of an exception is written.</summary>
/// <param name="MaxText">The longest message and the longest stack, in characters; what is longer is cut, with a note.</param>
/// <param name="MaxDepth">The longest chain of causes.</param>
/// <param name="MaxErrors">The most exceptions in all, over the causes of causes.</param>
/// <param name="MaxDataBytes">The largest block of the application's own data of one exception; 0 for none.</param>
internal sealed record ErrorDetail(int MaxText, int MaxDepth, int MaxErrors, int MaxDataBytes)
{
    /// <summary>The usual.</summary>
    public static ErrorDetail Full { get; } = new(64 * 1024, 16, 64, 4 * 1024 * 1024);

    /// <summary>For a connection with small limits.</summary>
    public static ErrorDetail Short { get; } = new(2 * 1024, 4, 4, 0);

    /// <summary>What always fits.</summary>
    public static ErrorDetail Least { get; } = new(256, 1, 1, 0);

    /// <summary>No exception written with this detail is larger: a handful of texts, at most 3 bytes a character.</summary>
    public long MaxBytes => MaxErrors * 16L * 3 * MaxText;
}
