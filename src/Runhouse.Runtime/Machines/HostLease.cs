namespace Runhouse.Runtime.Machines;

/// <summary>A machine that ends at the time of a file unless its host puts that off.</summary>
/// <param name="File">The file on the machine.</param>
/// <param name="Time">For how long from now the host puts it off, again and again.</param>
internal sealed record HostLease(string File, TimeSpan Time);
