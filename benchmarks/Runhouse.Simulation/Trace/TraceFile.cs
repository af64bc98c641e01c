using System.Globalization;
using System.Text;

namespace Runhouse.Simulation.Trace;

/// <summary>A trace as a file: a row for each job, times in seconds, the needs as they stand in <c>[Remote]</c>.</summary>
internal static class TraceFile
{
    private const string Head = "kind,series,arrival,gpu,cpus,memory,used_gpus,used_cpus,used_memory,duration,snapshot,deadline";

    /// <summary>The week that all figures are of.</summary>
    public static IReadOnlyList<Job> ReadWeek()
    {
        using Stream stream = typeof(TraceFile).Assembly.GetManifestResourceStream("Runhouse.Simulation.week.csv")
            ?? throw new InvalidOperationException("The trace is missing from this build. Build benchmarks/Runhouse.Simulation again.");
        using var reader = new StreamReader(stream);
        return Read(reader.ReadToEnd());
    }

    /// <summary>Reads a trace.</summary>
    /// <param name="text">The file.</param>
    /// <exception cref="FormatException">A row is not understood; the message names it.</exception>
    public static IReadOnlyList<Job> Read(string text)
    {
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0 || lines[0] != Head)
            throw new FormatException($"A trace begins with the line '{Head}'.");
        return [.. lines.Skip(1).Select(ReadRow)];
    }

    /// <summary>Writes a trace.</summary>
    /// <param name="jobs">Its jobs.</param>
    public static string Write(IEnumerable<Job> jobs)
    {
        var text = new StringBuilder(Head + "\n");
        foreach (Job job in jobs)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"{job.Kind},{job.Series},{job.Arrival.TotalSeconds:0},{string.Join('|', job.Asked.Accelerators)},{job.Asked.Cpus},{job.Asked.Memory},{job.Accelerators},{job.Cores},{job.Memory},{job.Duration.TotalSeconds:0},{job.Snapshot?.TotalSeconds:0},{job.Deadline.TotalSeconds:0}\n");
        }

        return text.ToString();
    }

    private static Job ReadRow(string line, int index)
    {
        string[] fields = line.Split(',');
        if (fields.Length != 12)
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"Line {index + 2} of the trace has {fields.Length} fields and not 12: {line}"));
        return new Job
        {
            Id = index,
            Kind = Enum.Parse<JobKind>(fields[0]),
            Series = fields[1],
            Arrival = Seconds(fields[2]),
            Asked = Resources.Parse(gpu: fields[3].Length == 0 ? null : fields[3], cpus: fields[4], memory: fields[5]),
            Accelerators = int.Parse(fields[6], CultureInfo.InvariantCulture),
            Cores = double.Parse(fields[7], CultureInfo.InvariantCulture),
            Memory = double.Parse(fields[8], CultureInfo.InvariantCulture),
            Duration = Seconds(fields[9]),
            Snapshot = fields[10].Length == 0 ? null : Seconds(fields[10]),
            Deadline = Seconds(fields[11]),
        };
    }

    private static TimeSpan Seconds(string field) => TimeSpan.FromSeconds(long.Parse(field, CultureInfo.InvariantCulture));
}
