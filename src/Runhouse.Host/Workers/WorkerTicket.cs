namespace Runhouse.Host.Workers;

/// <summary>What opens a worker for one caller, once.</summary>
/// <param name="Worker">The worker.</param>
/// <param name="Bytes">The ticket.</param>
/// <param name="ExpiresAt">Until when it is good.</param>
internal sealed record WorkerTicket(Worker Worker, byte[] Bytes, DateTimeOffset ExpiresAt);
