using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace Runhouse.Providers.Gcp;

/// <summary>What the page about the provider says is what it does.</summary>
public sealed partial class DocumentTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(FindRoot(), "docs", "providers", "gcp.md"));

    [Fact]
    public void The_permissions_are_those_that_are_checked()
    {
        string table = Section("What the account must be allowed").Split("An image of your own")[0];
        IEnumerable<string> said = Permission().Matches(table).Select(static match => match.Value);

        Assert.Equal(
            GcpCheck.Always.Concat(GcpCheck.ForVolumes).Concat(GcpCheck.InNetwork).Concat(GcpCheck.ForAddresses).Concat(GcpCheck.ForFirewall).Concat(GcpCheck.ForAccount).Order(StringComparer.Ordinal),
            said.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_options_are_those_that_are_read()
    {
        IEnumerable<string> said = Option().Matches(Section("Options")).Select(static match => match.Groups[1].Value);
        IConfiguration unknown = new ConfigurationBuilder().AddInMemoryCollection([new("Unknown", "1")]).Build();
        string keys = Assert.Throws<RunhouseConfigurationException>(() => GcpOptions.Read(unknown)).Message.Split("The keys are ")[1].TrimEnd('.');

        Assert.Equal(keys.Split(", "), said.Order(StringComparer.Ordinal));
    }

    private static string Section(string title)
    {
        string rest = Page.Split($"## {title}\n")[1];
        return rest.Split("\n## ")[0];
    }

    private static string FindRoot()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Runhouse.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("No folder above the tests has Runhouse.sln.");
        return folder;
    }

    [GeneratedRegex(@"(compute|iam)\.[A-Za-z]+\.[A-Za-z]+")]
    private static partial Regex Permission();

    [GeneratedRegex("^\\| `([A-Za-z]+)` \\|", RegexOptions.Multiline)]
    private static partial Regex Option();
}
