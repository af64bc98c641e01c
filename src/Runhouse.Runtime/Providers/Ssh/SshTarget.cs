using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Runhouse.Runtime.Providers.Ssh;

/// <summary>An SSH machine as people write it: <c>ada@10.0.0.7:2222</c>, <c>[::1]:22</c>, or an alias of <c>~/.ssh/config</c>.</summary>
/// <param name="Host">The alias, name or address.</param>
/// <param name="User">The user there; null for what the configuration says.</param>
/// <param name="Port">The port; null for what the configuration says.</param>
internal sealed record SshTarget(string Host, string? User = null, int? Port = null)
{
    private const string Scheme = "ssh://";

    /// <summary>Reads a target.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">It names no machine; the message says why.</exception>
    public static SshTarget Parse(string text) => TryParse(text, out SshTarget? target, out string? problem)
        ? target
        : throw new FormatException($"\"{text}\" names no SSH machine: {problem}. Write user@host:port, where user and port may be left out, [address]:port for IPv6, or an alias of ~/.ssh/config.");

    /// <summary>Reads a target.</summary>
    /// <param name="text">The text.</param>
    /// <param name="target">The target; null when the text names none.</param>
    /// <param name="problem">Why it names none, as the end of a sentence; null when it names one.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out SshTarget? target, [NotNullWhen(false)] out string? problem)
    {
        target = null;
        string rest = text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? text[Scheme.Length..].TrimEnd('/') : text;
        string? user = null;
        if (rest.LastIndexOf('@') is >= 0 and int at)
        {
            user = rest[..at];
            rest = rest[(at + 1)..];
            if (!IsName(user))
            {
                problem = user.Length == 0 ? "the user before @ is missing" : $"\"{user}\" is no name of a user";
                return false;
            }
        }

        if (!TrySplit(rest, out string host, out string? port, out problem))
            return false;
        if (!IsName(host))
        {
            problem = host.Length == 0 ? "the host is missing" : $"\"{host}\" is no name of a host";
            return false;
        }

        int number = 0;
        if (port is not null && !(int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number is > 0 and <= IPEndPoint.MaxPort))
        {
            problem = $"\"{port}\" is no port, a number from 1 to 65535";
            return false;
        }

        target = new SshTarget(host, user, port is null ? null : number);
        problem = null;
        return true;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        string user = User is null ? "" : User + "@";
        string host = Port is not null && Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
        return Port is { } port ? string.Create(CultureInfo.InvariantCulture, $"{user}{host}:{port}") : user + host;
    }

    private static bool TrySplit(string text, out string host, out string? port, [NotNullWhen(false)] out string? problem)
    {
        (host, port, problem) = (text, null, null);
        if (text.StartsWith('['))
        {
            int end = text.IndexOf(']', StringComparison.Ordinal);
            if (end < 0 || !IsVersion6(text[1..end]) || (end + 1 < text.Length && text[end + 1] != ':'))
            {
                problem = "brackets hold an IPv6 address, with nothing behind them but a port";
                return false;
            }

            host = text[1..end];
            port = end + 1 < text.Length ? text[(end + 2)..] : null;
        }
        else if (!IsVersion6(text) && text.IndexOf(':', StringComparison.Ordinal) is >= 0 and int colon)
        {
            host = text[..colon];
            port = text[(colon + 1)..];
        }

        return true;
    }

    private static bool IsVersion6(string text)
        => text.Contains(':', StringComparison.Ordinal) && IPAddress.TryParse(text, out IPAddress? address) && address.AddressFamily == AddressFamily.InterNetworkV6;

    // What begins like an option, or holds what a shell or a configuration file reads otherwise, is a mistake more likely than a name.
    private static bool IsName(string text) => text.Length > 0 && text[0] != '-'
        && !text.Any(static c => char.IsControl(c) || char.IsWhiteSpace(c) || c is '/' or '\'' or '"' or '`' or '$' or '(' or ')' or '<' or '>' or '|' or ';' or '&' or '!' or '*' or '?' or ',' or '#');
}
