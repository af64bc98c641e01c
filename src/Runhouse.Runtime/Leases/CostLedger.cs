using System.Text.Json;
using System.Text.Json.Serialization;
using Runhouse.Runtime.Configuration;

namespace Runhouse.Runtime.Leases;

/// <summary>What leased machines have cost: a line for each time that a lease's machines ran, written when that is over. It outlives the leases; only the user may read it.</summary>
/// <param name="home">Runhouse's folder of the user.</param>
internal sealed class CostLedger(RunhouseHome home)
{
    private string File => Path.Combine(home.Path, "costs.jsonl");

    /// <summary>Writes down what the machines of a lease have cost, so that it is there when this returns. Written twice, by a process that went on where another one has died, it counts once.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="until">When they were seen to have ended or stopped.</param>
    /// <param name="isAtMost">Whether they had by then, and nobody knows since when.</param>
    public void Add(Lease lease, DateTimeOffset until, bool isAtMost)
    {
        RunhouseHome.CreatePrivate(home.Path);
        byte[] line = JsonSerializer.SerializeToUtf8Bytes(Of(lease, until, isAtMost), LedgerJson.Default.LedgerLine);
        FileStreamOptions options = RunhouseHome.PrivateFile;
        options.Mode = FileMode.Append;
        options.Share = FileShare.ReadWrite;

        // In one piece: several processes may be at it. Behind half a line, of one whose machine lost power, it begins anew.
        using var stream = new FileStream(File, options);
        stream.Write([(byte)'\n', .. line, (byte)'\n']);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>What leases have cost whose machines have ended or stopped, in the order of their beginnings.</summary>
    /// <exception cref="RunhouseConfigurationException">The file cannot be read.</exception>
    public IReadOnlyList<LeaseCost> Read()
    {
        if (!System.IO.File.Exists(File))
            return [];
        try
        {
            var lines = new Dictionary<(string Lease, int Start), LedgerLine>();
            foreach (string text in System.IO.File.ReadLines(File))
            {
                if (Parse(text) is { } line)
                    lines.TryAdd((line.Lease, line.Start), line);
            }

            return [.. lines.Values.Select(static line => line.Cost).OrderBy(static cost => cost.From)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunhouseConfigurationException($"What leases have cost, {File}, cannot be read: {e.Message} Give this user the right to read it.", e);
        }
    }

    /// <summary>What the machines of a lease have cost so far.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="until">Until when.</param>
    public static LeaseCost CostOf(Lease lease, DateTimeOffset until) => Of(lease, until, isAtMost: false).Cost with { IsRunning = true };

    // Of a lease whose answer was never seen its machines began when they were asked for.
    private static LedgerLine Of(Lease lease, DateTimeOffset until, bool isAtMost) => new(lease.Id, lease.Starts, new LeaseCost(
        lease.Cluster, lease.Offer.Provider, lease.Offer.Region, lease.Offer.InstanceType, lease.IsSpot, lease.Count, lease.Price, lease.MadeAt == default ? lease.AskedAt : lease.MadeAt, until)
    {
        IsAtMost = isAtMost,
    });

    private static LedgerLine? Parse(string text)
    {
        try
        {
            return text.Length == 0 ? null : JsonSerializer.Deserialize(text, LedgerJson.Default.LedgerLine);
        }
        catch (JsonException)
        {
            // Half a line: its machine lost power while it was written, and whoever came next has written it again.
            return null;
        }
    }
}

/// <summary>A line of the ledger.</summary>
/// <param name="Lease">The lease's id.</param>
/// <param name="Start">How often its machines had been stopped and started before.</param>
/// <param name="Cost">What they have cost.</param>
internal sealed record LedgerLine(string Lease, int Start, LeaseCost Cost);

/// <summary>The JSON of <see cref="LedgerLine"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(LedgerLine))]
internal sealed partial class LedgerJson : JsonSerializerContext;
