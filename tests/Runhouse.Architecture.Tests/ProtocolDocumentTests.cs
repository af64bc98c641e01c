using System.Text.RegularExpressions;

namespace Runhouse.Architecture;

/// <summary><c>docs/protocol.md</c> names every request that the host answers, and none that it does not.</summary>
public sealed partial class ProtocolDocumentTests
{
    [Fact]
    public void Every_route_of_the_host_is_in_the_document_and_every_route_of_the_document_in_the_host()
    {
        string[] mapped = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "Runhouse.Host", "Endpoints"), "*.cs")
            .SelectMany(static file => Mapping().Matches(File.ReadAllText(file)))
            .Select(static route => $"{route.Groups[1].Value.ToUpperInvariant()} {route.Groups[2].Value}")];
        string[] documented = [.. Request().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "protocol.md"))).Select(static route => $"{route.Groups[1].Value} {route.Groups[2].Value}")];

        Assert.NotEmpty(mapped);
        Assert.Equal(mapped.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex("\\.Map(Get|Put|Post|Delete|Patch)\\(\"([^\"]+)\"")]
    private static partial Regex Mapping();

    // The first column of the table, without the query.
    [GeneratedRegex("""^\| `(GET|PUT|POST|DELETE|PATCH) (/[^`?]+)""", RegexOptions.Multiline)]
    private static partial Regex Request();
}
