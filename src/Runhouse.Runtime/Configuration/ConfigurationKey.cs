using System.Buffers;
using System.Globalization;
using Runhouse.Protocol;

namespace Runhouse.Runtime.Configuration;

/// <summary>A key of the configuration: what it is called, what is allowed, and where its value goes.</summary>
/// <param name="Name">The key below <c>Runhouse:</c>.</param>
/// <param name="Allowed">What is allowed, for messages.</param>
/// <param name="TryApply">Takes the value; false when it is not allowed.</param>
internal sealed record ConfigurationKey(string Name, string Allowed, Func<RunhouseOptions, string, bool> TryApply)
{
    private const string DurationText = "a positive duration such as 500ms, 30s, 10m, 2h or 00:10:00";

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    /// <summary>All keys.</summary>
    public static IReadOnlyList<ConfigurationKey> All { get; } =
    [
        new("Mode", "Remote or Inline", static (o, v) => TryEnum(v, out RunhouseMode mode) && Set(() => o.Mode = mode)),
        new("Application", "a name of letters, digits, '.', '-' and '_'", static (o, v) => IsName(v) && Set(() => o.Application = v)),
        new("Transport", "Auto, Direct or Relay", static (o, v) => TryEnum(v, out RunhouseTransport t) && Set(() => o.Transport = t)),
        new("ConnectTimeout", DurationText, static (o, v) => TryDuration(v, out TimeSpan d) && Set(() => o.ConnectTimeout = d)),
        new("Cluster", "the name of a saved cluster, local or on-demand", static (o, v) => IsName(v) && Set(() => o.Cluster = v)),
        new("Ssh:Directory", "a folder on the machines", static (o, v) => v.Length > 0 && Set(() => o.Ssh.Directory = v)),
        new("Ssh:IdleTimeout", DurationText, static (o, v) => TryDuration(v, out TimeSpan d) && Set(() => o.Ssh.IdleTimeout = d)),
        new("Ssh:OpenPort", "a port, 0 to 65535", static (o, v) => ushort.TryParse(v, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && Set(() => o.Ssh.OpenPort = port)),
        new("Ssh:ConfigFile", "the path of a file, or none", static (o, v) => v.Length > 0 && Set(() => o.Ssh.ConfigFile = v)),
        new("Ssh:KeyFiles", "the paths of key files, separated by ';'", static (o, v) => v.Length > 0
            && Set(() => o.Ssh.KeyFiles = v.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))),
        new("Ssh:Passphrase", "a passphrase", static (o, v) => Set(() => o.Ssh.Passphrase = v)),
        new("Ssh:Password", "a password", static (o, v) => Set(() => o.Ssh.Password = v)),
        new("Ssh:Fingerprint", "the fingerprint of a host key, SHA256:...", static (o, v) => v.StartsWith("SHA256:", StringComparison.Ordinal)
            && Set(() => o.Ssh.Fingerprint = v)),
        new("Local:IdleTimeout", DurationText, static (o, v) => TryDuration(v, out TimeSpan d) && Set(() => o.Local.IdleTimeout = d)),
        new("Local:Strict", "true or false", static (o, v) => bool.TryParse(v, out bool b) && Set(() => o.Local.Strict = b)),
        new("Local:Tls", "true or false", static (o, v) => bool.TryParse(v, out bool b) && Set(() => o.Local.Tls = b)),
        new("OnDemand:IdleTimeout", DurationText, static (o, v) => TryDuration(v, out TimeSpan d) && Set(() => o.OnDemand.IdleTimeout = d)),
        new("OnDemand:BootTime", DurationText, static (o, v) => TryDuration(v, out TimeSpan d) && Set(() => o.OnDemand.BootTime = d)),
        new("OnDemand:LeaseTime", "a duration from 10s", static (o, v) => TryDuration(v, out TimeSpan d) && d >= TimeSpan.FromSeconds(10) && Set(() => o.OnDemand.LeaseTime = d)),
        new("OnDemand:QueueTime", DurationText, static (o, v) => TryDuration(v, out TimeSpan d) && Set(() => o.OnDemand.QueueTime = d)),
        new("OnDemand:Longest", DurationText, static (o, v) => TryDuration(v, out TimeSpan d) && Set(() => o.OnDemand.Longest = d)),
        new("OnDemand:DiskSize", "GiB, a whole number from 8 to 65536", static (o, v) => int.TryParse(v, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n is >= 8 and <= 65_536 && Set(() => o.OnDemand.DiskSize = n)),
        new("OnDemand:KeepDisk", "true or false", static (o, v) => bool.TryParse(v, out bool b) && Set(() => o.OnDemand.KeepDisk = b)),
        new("OnDemand:StoppedTime", DurationText, static (o, v) => TryDuration(v, out TimeSpan d) && Set(() => o.OnDemand.StoppedTime = d)),
        new("Catalogue:Overrides", "the path of a file, or none", static (o, v) => v.Length > 0 && Set(() => o.Catalogue.Overrides = v)),
        new("Catalogue:Order", "Cheapest or AsWritten", static (o, v) => TryEnum(v, out CandidateOrder order) && Set(() => o.Catalogue.Order = order)),
        new("Catalogue:AwsPrices", "an http or https address", static (o, v) => TryAddress(v, out Uri? address) && Set(() => o.Catalogue.AwsPrices = address!)),
        new("Catalogue:GooglePrices", "an http or https address", static (o, v) => TryAddress(v, out Uri? address) && Set(() => o.Catalogue.GooglePrices = address!)),
        new("Catalogue:GoogleKey", "an API key", static (o, v) => v.Length > 0 && Set(() => o.Catalogue.GoogleKey = v)),
        new("Deployments:Kept", "a whole number from 0 to 10000", static (o, v) => int.TryParse(v, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n <= 10_000 && Set(() => o.Deployments.Kept = n)),
        new("Deployments:Age", DurationText, static (o, v) => TryDuration(v, out TimeSpan d) && Set(() => o.Deployments.Age = d)),
        new("Deployments:Grace", DurationText, static (o, v) => TryDuration(v, out TimeSpan d) && Set(() => o.Deployments.Grace = d)),
        new("Calls:Timeout", DurationText, static (o, v) => TryDuration(v, out TimeSpan d) && Set(() => o.Calls = o.Calls with { Timeout = d })),
        new("Calls:StreamLogs", "true or false", static (o, v) => bool.TryParse(v, out bool b) && Set(() => o.Calls = o.Calls with { StreamLogs = b })),
        new("Calls:Retries", "a whole number from 0 to 100", static (o, v) => int.TryParse(v, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n <= 100
            && Set(() => o.Calls = o.Calls with { Retries = n })),
        new("Calls:WaitForCapacity", "0 or " + DurationText, static (o, v) => TryWait(v, out TimeSpan d) && Set(() => o.Calls = o.Calls with { WaitForCapacity = d })),
        Limit("MaxDepth", 1, 10_000, static (limits, n) => limits with { MaxDepth = (int)n }),
        Limit("MaxBodyBytes", 1024, Array.MaxLength, static (limits, n) => limits with { MaxBodyBytes = n }),
        Limit("MaxCount", 1, Array.MaxLength, static (limits, n) => limits with { MaxCount = (int)n }),
        Limit("MaxFrameBytes", 1024, 16 << 20, static (limits, n) => limits with { MaxFrameBytes = (int)n }),
        Limit("MaxCallsInFlight", 1, 1 << 24, static (limits, n) => limits with { MaxCallsInFlight = (int)n }),
        Limit("MaxBytesInFlight", 64 << 10, 1L << 50, static (limits, n) => limits with { MaxBytesInFlight = n }),
        Limit("MaxWorkerCallsInFlight", 1, 1 << 28, static (limits, n) => limits with { MaxWorkerCallsInFlight = (int)n }),
        Limit("MaxWorkerBytesInFlight", 64 << 10, 1L << 50, static (limits, n) => limits with { MaxWorkerBytesInFlight = n }),
        Limit("SessionGraceSeconds", 0, 86_400, static (limits, n) => limits with { SessionGraceSeconds = (int)n }),
        Limit("MaxUnacknowledgedBytes", 256 << 10, 1L << 40, static (limits, n) => limits with { MaxUnacknowledgedBytes = n }),
        Limit("KeepAliveSeconds", 0, 86_400, static (limits, n) => limits with { KeepAliveSeconds = (int)n }),
        Limit("HangGraceSeconds", 0, 86_400, static (limits, n) => limits with { HangGraceSeconds = (int)n }),
        Limit("MaxStateBytes", 1 << 10, 512 << 20, static (limits, n) => limits with { MaxStateBytes = (int)n }),
        Limit("SnapshotIntervalMilliseconds", 0, 86_400_000, static (limits, n) => limits with { SnapshotIntervalMilliseconds = (int)n }),
    ];

    private static bool TryWait(string text, out TimeSpan wait)
    {
        wait = TimeSpan.Zero;
        return text.Trim() == "0" || (TryDuration(text, out wait) && wait <= TimeSpan.FromDays(1));
    }

    /// <summary>Reads a duration: a number with a unit, or hours, minutes and seconds.</summary>
    /// <param name="text">The text.</param>
    /// <param name="duration">The duration.</param>
    public static bool TryDuration(string text, out TimeSpan duration)
    {
        string trimmed = text.Trim();
        int digits = trimmed.AsSpan().IndexOfAnyExcept(NumberCharacters);
        duration = TimeSpan.Zero;
        if (digits > 0 && double.TryParse(trimmed.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
        {
            double milliseconds = trimmed[digits..].Trim() switch
            {
                "ms" => 1,
                "s" => 1_000,
                "m" => 60_000,
                "h" => 3_600_000,
                _ => 0,
            };
            if (milliseconds > 0 && number * milliseconds < int.MaxValue)
                duration = TimeSpan.FromMilliseconds(number * milliseconds);
        }

        // A bare number is refused: TimeSpan would read 30 as thirty days.
        if (duration == TimeSpan.Zero && trimmed.Contains(':', StringComparison.Ordinal))
            _ = TimeSpan.TryParse(trimmed, CultureInfo.InvariantCulture, out duration);
        return duration > TimeSpan.Zero && duration.TotalMilliseconds < int.MaxValue;
    }

    private static ConfigurationKey Limit(string name, long min, long max, Func<WireLimits, long, WireLimits> apply) => new(
        "Limits:" + name,
        string.Create(CultureInfo.InvariantCulture, $"a whole number from {min} to {max}"),
        (o, v) => long.TryParse(v, NumberStyles.None, CultureInfo.InvariantCulture, out long n) && n >= min && n <= max
            && Set(() => o.Limits = apply(o.Limits, n)));

    private static bool TryEnum<T>(string text, out T value)
        where T : struct, Enum
    {
        // Enum.TryParse takes numbers too; "7" is no mode.
        value = default;
        return text.Length > 0 && char.IsAsciiLetter(text[0]) && Enum.TryParse(text, ignoreCase: true, out value);
    }

    private static bool TryAddress(string text, out Uri? address)
        => Uri.TryCreate(text.EndsWith('/') ? text : text + "/", UriKind.Absolute, out address) && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp);

    private static bool IsName(string text)
        => text.Length is > 0 and <= 128 && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') && text[0] != '.';

    private static bool Set(Action assign)
    {
        assign();
        return true;
    }
}
