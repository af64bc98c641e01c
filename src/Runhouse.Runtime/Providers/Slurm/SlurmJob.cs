using System.Globalization;

namespace Runhouse.Runtime.Providers.Slurm;

/// <summary>A job as Slurm lists it.</summary>
internal sealed record SlurmJob
{
    private const string Mark = "runhouse";

    /// <summary>Its number.</summary>
    public required long Id { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its state, <c>PENDING</c>.</summary>
    public required string State { get; init; }

    /// <summary>Why it is in that state, <c>Resources</c>; <c>None</c> for nothing in particular.</summary>
    public required string Reason { get; init; }

    /// <summary>Its partition, or those that it may run in.</summary>
    public required string Partition { get; init; }

    /// <summary>How many nodes it has or asks for.</summary>
    public required int Count { get; init; }

    /// <summary>The memory that it may use on each node, in GiB; null when it is not limited.</summary>
    public double? Memory { get; init; }

    /// <summary>When it was submitted.</summary>
    public DateTimeOffset SubmittedAt { get; init; }

    /// <summary>When it started, or will; null when that is not known.</summary>
    public DateTimeOffset? StartsAt { get; init; }

    /// <summary>Who has made it, as <see cref="CommentOf"/> wrote it; empty for a job that is not of Runhouse.</summary>
    public string Owner { get; init; } = "";

    /// <summary>The cluster that it is of; empty for a job that is not of Runhouse.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>The nodes of one that runs, with their addresses.</summary>
    public IReadOnlyList<(string Name, string Address)> Nodes { get; init; } = [];

    /// <summary>Whether its nodes are given to another job: while it still runs, is being ended, or has left by itself. One that was ended has a state that says so.</summary>
    public bool IsPreempted { get; init; }

    /// <summary>The comment that says of a job whose it is.</summary>
    /// <param name="owner">Who makes it.</param>
    /// <param name="cluster">The cluster.</param>
    public static string CommentOf(string owner, string cluster) => $"{Mark} owner={owner} cluster={cluster}";

    /// <summary>Reads what <c>jobs.sh</c> writes; what is not of Runhouse is left out.</summary>
    /// <param name="output">The output.</param>
    /// <exception cref="FormatException">It is not what squeue, sinfo and scontrol write.</exception>
    public static IReadOnlyList<SlurmJob> Parse(string output)
    {
        var jobs = new List<SlurmJob>();
        foreach (string line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split('|', 13);
            if (fields is ["node", var name, var address] && jobs.Count > 0)
            {
                // Once for each partition that it is in.
                if (!jobs[^1].Nodes.Any(node => node.Name == name.Trim()))
                    jobs[^1] = jobs[^1] with { Nodes = [.. jobs[^1].Nodes, (name.Trim(), address.Trim())] };
            }
            else if (fields is ["preempted"] && jobs.Count > 0)
            {
                jobs[^1] = jobs[^1] with { IsPreempted = true };
            }
            else if (fields is ["job", ..] && fields.Length == 13)
            {
                jobs.Add(ParseJob(fields));
            }
        }

        return [.. jobs.Where(static job => job.Owner.Length > 0)];
    }

    private static SlurmJob ParseJob(string[] fields)
    {
        string[] comment = fields[12].Trim().Split(' ');
        bool isOurs = comment is [Mark, ['o', 'w', 'n', 'e', 'r', '=', ..], ['c', 'l', 'u', 's', 't', 'e', 'r', '=', ..]];
        int nodes = int.TryParse(fields[6].Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0 ? count : 1;
        return new SlurmJob
        {
            Id = long.Parse(fields[1].Split('_', '+')[0], NumberStyles.None, CultureInfo.InvariantCulture),
            Name = fields[2],
            State = fields[3],
            Reason = fields[4],
            Partition = fields[5],
            Count = nodes,
            Memory = ParseMemory(fields[8], int.TryParse(fields[7], NumberStyles.None, CultureInfo.InvariantCulture, out int cpus) ? cpus / nodes : 1),
            SubmittedAt = ParseTime(fields[9]) ?? default,
            StartsAt = ParseTime(fields[10]),
            Owner = isOurs ? comment[1]["owner=".Length..] : "",
            Cluster = isOurs ? comment[2]["cluster=".Length..] : "",
        };
    }

    private static DateTimeOffset? ParseTime(string seconds)
        => long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out long since) && since > 0 ? DateTimeOffset.FromUnixTimeSeconds(since) : null;

    // "4000M" a node; "500Mc" a processor, of which each node of a job has as many where it does not ask for whole nodes of several kinds.
    private static double? ParseMemory(string text, int cpus)
    {
        if (text.EndsWith('c'))
            return ParseMemory(text[..^1], cpus: 1) * Math.Max(1, cpus);
        if (text.Length < 2 || !double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) || number <= 0)
            return null;
        return text[^1] switch
        {
            'M' => number / 1024,
            'G' => number,
            'T' => number * 1024,
            _ => null,
        };
    }
}
