using Microsoft.CodeAnalysis;
using Runhouse.Generators.Diagnostics;

namespace Runhouse.Generators.Analyzers.Portability;

/// <summary>Constant texts that name a place on one machine.</summary>
internal static class LocalTexts
{
    // What a connection string calls its server.
    private static readonly HashSet<string> ServerKeys = new(StringComparer.OrdinalIgnoreCase)
    {
        "Server", "Host", "Hostname", "Data Source", "DataSource", "Address", "Addr", "Network Address", "Endpoint", "bootstrap.servers",
    };

    // Every Linux image has them.
    private static readonly HashSet<string> EverywhereTools = new(StringComparer.Ordinal)
    {
        "sh", "bash", "env", "cat", "cp", "mv", "rm", "ls", "ln", "mkdir", "rmdir", "chmod", "chown", "touch", "echo", "printf", "true", "false", "sleep", "kill", "uname", "date",
        "df", "du", "head", "tail", "sort", "uniq", "wc", "cut", "tr", "tee", "grep", "sed", "awk", "find", "tar", "gzip", "gunzip", "nproc", "id", "test", "mktemp", "dd",
    };

    /// <summary>The rule that a text breaks; null for none.</summary>
    /// <param name="text">The text, or what it begins with.</param>
    /// <param name="meaning">What it is used as.</param>
    public static DiagnosticDescriptor? RuleOf(string text, Meaning meaning) => meaning switch
    {
        Meaning.File when IsPath(text) => PortabilityRules.LocalPath,
        Meaning.Path when IsPathAnywhere(text) => PortabilityRules.LocalPath,
        Meaning.Address when IsLoopback(text) => PortabilityRules.Loopback,
        Meaning.Program when IsTool(text) => PortabilityRules.Tool,
        _ => null,
    };

    /// <summary>Whether a text is an absolute path that only one machine or one user has: with a drive, on a share, in a home folder.</summary>
    /// <param name="text">The text, or what it begins with.</param>
    private static bool IsPath(string text) => text == "~" || text.StartsWith("~/", StringComparison.Ordinal) || text.StartsWith("~\\", StringComparison.Ordinal)
        || text.StartsWith("\\\\", StringComparison.Ordinal) || text.StartsWith("/home/", StringComparison.Ordinal) || text.StartsWith("/Users/", StringComparison.Ordinal)
        || text.StartsWith("/Volumes/", StringComparison.Ordinal) || IsDrive(text);

    /// <summary>Whether it is a path without doubt, also where nothing says that a file is meant: addresses may begin with <c>/home/</c> and <c>~/</c>.</summary>
    /// <param name="text">The text, or what it begins with.</param>
    private static bool IsPathAnywhere(string text) => IsDrive(text) || IsHome(text, "/home/") || IsHome(text, "/Users/");

    /// <summary>Whether a text is the address of the machine on which it is read.</summary>
    /// <param name="text">The text, or what it begins with.</param>
    private static bool IsLoopback(string text)
    {
        int scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme >= 0)
        {
            int user = text.IndexOf('@', scheme);
            return BeginsWithLoopback(text, scheme + 3) || (user >= 0 && BeginsWithLoopback(text, user + 1));
        }

        if (BeginsWithLoopback(text, 0))
            return true;
        foreach (string part in text.Split(';', ','))
        {
            int equals = part.IndexOf('=');
            string value = equals < 0 ? "" : part.Substring(equals + 1).Trim();
            if (equals > 0 && ServerKeys.Contains(part.Substring(0, equals).Trim()) && (BeginsWithLoopback(value, 0) || BeginsWithLoopback(value, "tcp:".Length, "tcp:") || IsNamedLocal(value)))
                return true;
        }

        return false;
    }

    /// <summary>Whether a program is one that an image must install: a name or an absolute path, not beside the code and not in every image.</summary>
    /// <param name="program">The program.</param>
    private static bool IsTool(string program)
    {
        string name = program.StartsWith("/bin/", StringComparison.Ordinal) ? program.Substring("/bin/".Length)
            : program.StartsWith("/usr/bin/", StringComparison.Ordinal) ? program.Substring("/usr/bin/".Length) : program;
        return name.Length > 0 && name[0] != '.' && name.IndexOf("://", StringComparison.Ordinal) < 0 && !EverywhereTools.Contains(name);
    }

    private static bool IsDrive(string text) => text.Length >= 3 && text[1] == ':' && text[2] is '\\' or '/' && text[0] is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z');

    // A home folder and something in it.
    private static bool IsHome(string text, string root)
        => text.StartsWith(root, StringComparison.Ordinal) && text.IndexOf('/', root.Length) is > 0 and var slash && slash > root.Length;

    private static bool IsNamedLocal(string value)
        => value == "." || value.StartsWith(".\\", StringComparison.Ordinal) || value.StartsWith("(local", StringComparison.OrdinalIgnoreCase);

    private static bool BeginsWithLoopback(string text, int at, string prefix = "")
    {
        if (prefix.Length > 0 && !text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            return false;
        foreach (string host in (string[])["localhost", "127.0.0.1", "[::1]", "::1"])
        {
            if (string.Compare(text, at, host, 0, host.Length, StringComparison.OrdinalIgnoreCase) == 0
                && (text.Length == at + host.Length || text[at + host.Length] is ':' or '/' or ',' or '\\' or '?' or '#' or ';'))
                return true;
        }

        return false;
    }
}
