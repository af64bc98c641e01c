// Access logs of a web farm: parsed by pattern, counted by sketches that merge, attacks named; texts that look like paths and addresses.
using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Corpus.AccessLogs;

public sealed record LogEntry(string Client, DateTimeOffset At, string Method, string Target, int Status, long Bytes, string Agent);

public enum Suspicion
{
    None,
    PathTraversal,
    WindowsProbe,
    SecretsProbe,
    ServerSideRequestForgery,
    SqlInjection,
}

public sealed record Finding(Suspicion Suspicion, string Client, string Target, string Advice);

public sealed record RouteStatistics(string Route, long Requests, long Errors, long Bytes, double MedianBytes);

public sealed record Summary(long Lines, long Unreadable, double DistinctClients, IReadOnlyList<RouteStatistics> Routes, IReadOnlyList<Finding> Findings);

internal static partial class CombinedFormat
{
    // 203.0.113.7 - - [10/Oct/2026:13:55:36 +0000] "GET /index.html HTTP/1.1" 200 2326 "https://example.com/" "curl/8.5"
    [GeneratedRegex("""^(?<client>\S+) \S+ \S+ \[(?<at>[^\]]+)\] "(?<method>[A-Z]+) (?<target>\S+)[^"]*" (?<status>\d{3}) (?<bytes>\d+|-) "[^"]*" "(?<agent>[^"]*)"$""")]
    private static partial Regex Line();

    public static LogEntry? TryParse(string line)
    {
        if (Line().Match(line) is not { Success: true, Groups: var groups })
            return null;
        if (!DateTimeOffset.TryParseExact(groups["at"].Value, "dd/MMM/yyyy:HH:mm:ss zzz", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTimeOffset at))
            return null;
        return new LogEntry(
            groups["client"].Value,
            at,
            groups["method"].Value,
            WebUtility.UrlDecode(groups["target"].Value),
            int.Parse(groups["status"].ValueSpan, CultureInfo.InvariantCulture),
            groups["bytes"].Value == "-" ? 0 : long.Parse(groups["bytes"].ValueSpan, CultureInfo.InvariantCulture),
            groups["agent"].Value);
    }
}

/// <summary>What attackers ask for. These texts are compared with requests; nothing here is opened.</summary>
internal static class Signatures
{
    private const string DriveLabel = "C:";
    private const string Documentation = "Metadata services answer on 169.254.169.254; 127.0.0.1 and localhost reach what listens on the machine itself.";

    private static readonly (string Text, Suspicion Suspicion)[] Known =
    [
        ("../", Suspicion.PathTraversal),
        ("/etc/passwd", Suspicion.PathTraversal),
        ("/proc/self/environ", Suspicion.PathTraversal),
        (@"\windows\win.ini", Suspicion.WindowsProbe),
        (DriveLabel, Suspicion.WindowsProbe),
        ("/.env", Suspicion.SecretsProbe),
        ("/.git/config", Suspicion.SecretsProbe),
        ("/home/", Suspicion.SecretsProbe),
        ("http://localhost", Suspicion.ServerSideRequestForgery),
        ("169.254.169.254", Suspicion.ServerSideRequestForgery),
        ("' or 1=1", Suspicion.SqlInjection),
        ("union select", Suspicion.SqlInjection),
    ];

    private static readonly FrozenDictionary<Suspicion, string> Advice = new Dictionary<Suspicion, string>
    {
        [Suspicion.PathTraversal] = "Normalize paths before they are looked up.",
        [Suspicion.WindowsProbe] = "Nothing to do: this farm runs on Linux.",
        [Suspicion.SecretsProbe] = "Serve nothing that begins with a dot.",
        [Suspicion.ServerSideRequestForgery] = Documentation,
        [Suspicion.SqlInjection] = "Use parameters, as in WHERE Id = @id.",
    }.ToFrozenDictionary();

    public static Finding? Check(LogEntry entry)
    {
        foreach ((string text, Suspicion suspicion) in Known)
        {
            if (entry.Target.Contains(text, StringComparison.OrdinalIgnoreCase))
                return new Finding(suspicion, entry.Client, entry.Target, Advice[suspicion]);
        }

        return null;
    }
}

/// <summary>HyperLogLog with 2^12 registers: distinct counts within 1.6 percent.</summary>
internal sealed class DistinctCounter
{
    private const int Bits = 12;

    private readonly byte[] _registers = new byte[1 << Bits];

    public double Estimate
    {
        get
        {
            double m = _registers.Length, sum = _registers.Sum(static register => Math.Pow(2, -register));
            double raw = 0.7213 / (1 + (1.079 / m)) * m * m / sum;
            int empty = _registers.Count(static register => register == 0);
            return raw <= 2.5 * m && empty > 0 ? m * Math.Log(m / empty) : raw;
        }
    }

    public void Add(string item)
    {
        ulong hash = Fnv(item);
        int register = (int)(hash >> (64 - Bits));
        byte rank = (byte)(BitOperations.LeadingZeroCount((hash << Bits) | 1) + 1);
        _registers[register] = Math.Max(_registers[register], rank);
    }

    private static ulong Fnv(string item)
    {
        ulong hash = 14695981039346656037;
        foreach (byte value in Encoding.UTF8.GetBytes(item))
            hash = (hash ^ value) * 1099511628211;
        hash ^= hash >> 33;
        return hash * 0xFF51AFD7ED558CCD;
    }
}

internal sealed partial class RouteTable
{
    private static readonly string[] Templates = ["/", "/api/orders/{id}", "/api/customers/{id}/orders", "/static/{*path}", "/health"];

    private readonly Dictionary<string, (long Requests, long Errors, List<long> Bytes)> _routes = new(StringComparer.Ordinal);
    private readonly (string Template, Regex Pattern)[] _patterns = [.. Templates.Select(static template => (template, ToRegex(template)))];

    public void Count(LogEntry entry)
    {
        string path = entry.Target.Split('?', 2)[0];
        string route = _patterns.FirstOrDefault(one => one.Pattern.IsMatch(path)).Template ?? "(other)";
        (long requests, long errors, List<long> bytes) = _routes.TryGetValue(route, out var sofar) ? sofar : (0, 0, []);
        bytes.Add(entry.Bytes);
        _routes[route] = (requests + 1, errors + (entry.Status >= 500 ? 1 : 0), bytes);
    }

    public IReadOnlyList<RouteStatistics> ToList() =>
    [
        .. _routes
            .Select(static pair => new RouteStatistics(pair.Key, pair.Value.Requests, pair.Value.Errors, pair.Value.Bytes.Sum(), Median(pair.Value.Bytes)))
            .OrderByDescending(static route => route.Requests),
    ];

    private static double Median(List<long> values)
    {
        values.Sort();
        return values.Count % 2 == 1 ? values[values.Count / 2] : (values[(values.Count / 2) - 1] + values[values.Count / 2]) / 2.0;
    }

    private static Regex ToRegex(string template) => new(
        "^" + Placeholder().Replace(Regex.Escape(template).Replace("}", @"\}"), static match => match.Value.Contains('*') ? ".*" : "[^/]+") + "$",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    [GeneratedRegex(@"\\\{[^}]*\\\}")]
    private static partial Regex Placeholder();
}

public static class LogAnalysis
{
    private const int MostFindings = 10_000;

    [Remote(Cpus = "2+", Memory = "4+")]
    public static async Task<Summary> AnalyzeAsync(IAsyncEnumerable<string> lines, CancellationToken cancellationToken = default)
    {
        var clients = new DistinctCounter();
        var routes = new RouteTable();
        var findings = new List<Finding>();
        long count = 0, unreadable = 0;
        await foreach (string line in lines.WithCancellation(cancellationToken))
        {
            count++;
            if (CombinedFormat.TryParse(line) is not { } entry)
            {
                unreadable++;
                continue;
            }

            clients.Add(entry.Client);
            routes.Count(entry);
            if (findings.Count < MostFindings && Signatures.Check(entry) is { } finding)
                findings.Add(finding);
        }

        return new Summary(count, unreadable, clients.Estimate, routes.ToList(), findings);
    }

    public static async Task<Summary[]> AnalyzeFilesAsync(IReadOnlyList<string> files, CancellationToken cancellationToken)
        => await Task.WhenAll(files.Select(file => AnalyzeAsync(LinesAsync(file, cancellationToken), cancellationToken)));

    private static async IAsyncEnumerable<string> LinesAsync(string file, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (string line in File.ReadLinesAsync(file, cancellationToken))
            yield return line;
    }
}

/// <summary>The administrator's console: it talks to a person, on the person's own machine.</summary>
public static class LogConsole
{
    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        Console.Write("Folder with logs [/var/log/nginx]: ");
        string folder = Console.ReadLine() is { Length: > 0 } typed ? typed : "/var/log/nginx";
        Summary[] summaries = await LogAnalysis.AnalyzeFilesAsync([.. Directory.EnumerateFiles(folder, "access.log*")], cancellationToken);
        foreach (Finding finding in summaries.SelectMany(static summary => summary.Findings).DistinctBy(static finding => (finding.Suspicion, finding.Client)))
            Console.WriteLine($"{finding.Suspicion,-26} {finding.Client,-40} {finding.Target}");
        Console.WriteLine($"{Environment.UserName}, that was {summaries.Sum(static summary => summary.Lines):N0} lines at {DateTime.Now:t}.");
    }
}
