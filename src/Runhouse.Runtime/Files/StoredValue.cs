namespace Runhouse;

/// <summary>A value that a host keeps under a key.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="ContentType">What kind of bytes it is, as whoever put it says.</param>
/// <param name="ModifiedAt">When it was put.</param>
public sealed record StoredValue(string Key, long Size, string ContentType, DateTimeOffset ModifiedAt);
