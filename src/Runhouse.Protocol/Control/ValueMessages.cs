namespace Runhouse.Protocol.Control;

/// <summary>A value that a host keeps under a key (<c>PUT /v1/values</c>).</summary>
/// <param name="Key">Its key.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="ContentType">What kind of bytes it is, as whoever put it says.</param>
/// <param name="ModifiedAt">When it was put.</param>
public sealed record ValueStatus(string Key, long Size, string ContentType, DateTimeOffset ModifiedAt);

/// <summary>The values of a host by ordinal order of their keys (<c>GET /v1/values/list</c>).</summary>
/// <param name="Values">The values.</param>
public sealed record ValueListing(IReadOnlyList<ValueStatus> Values);

/// <summary>What the host answers to a deletion (<c>DELETE /v1/values</c>).</summary>
/// <param name="Deleted">How many values were deleted.</param>
public sealed record ValueDeletion(int Deleted);
