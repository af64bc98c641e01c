using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;

namespace Runhouse.Cli.Parsing;

/// <summary>A port on the command line that may be left out.</summary>
internal static class PortText
{
    /// <summary>Reads a port; the usual one when there is no number.</summary>
    /// <param name="result">The option.</param>
    public static int? Parse(ArgumentResult result)
    {
        if (result.Tokens.Count == 0)
            return Cluster.DefaultOpenPort;
        string text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port <= IPEndPoint.MaxPort)
            return port;
        result.AddError($"'{text}' is no port. Write a number from 1 to {IPEndPoint.MaxPort}, or 0 for any that is free.");
        return null;
    }
}
