using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.References;
using Runhouse.Protocol.Resumption;
using Runhouse.Protocol.Tests.Connections;

namespace Runhouse.Protocol.Tests.Fuzzing;

/// <summary>How the sides of fuzzed connections are set up: with limits that a few frames reach.</summary>
internal static class FuzzedSides
{
    public const int MaxFrameBytes = 256;

    /// <summary>No first frame is longer, and no goodbye.</summary>
    public const int MaxGreetingBytes = 20 * 1024;

    public static WireLimits Limits { get; } = WireLimits.Default with
    {
        MaxBodyBytes = 64 * 1024,
        MaxFrameBytes = MaxFrameBytes,
        MaxBytesInFlight = 512 * 1024,
        MaxCallsInFlight = 200,
        MaxDepth = 32,
        SessionGraceSeconds = 1,
    };

    public static byte[] Ticket() => Control.Ticket.Mint(WirePair.Key, TimeProvider.System.GetUtcNow() + Control.Ticket.DefaultLifetime);

    public static ServerConnectionOptions Worker(WorkerBudget? budget = null, HeldValues? values = null, SessionTable? sessions = null) => new()
    {
        TicketKey = WirePair.Key,
        TicketLedger = new TicketLedger(),
        WorkerId = "w-1",
        Host = "tests",
        Limits = Limits,
        Budget = budget,
        Values = values,
        Sessions = sessions,
    };

    public static ClientConnectionOptions Caller { get; } = ClientConnectionOptions.Default with { Limits = Limits, Log = static _ => { } };

    public static WorkerHello Greeting { get; } = new(1, new byte[Hello.SecretSize], 0, "w-1", "tests");
}
