namespace Runhouse.Providers.Machines;

/// <summary>A disk that outlives machines.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Device">Where machines that have it find it, below <c>/dev</c>.</param>
public sealed record FakeDisk(string Id, string Device);
