using System.Xml.Linq;

namespace Runhouse.Architecture;

/// <summary>The tree is the architecture: what may refer to what, and how large a file may be.</summary>
public sealed class TreeTests
{
    private static readonly string Root = Repository.Root;

    public static TheoryData<string, string[], string[]> References => new()
    {
        { "Abstractions", [], [] },
        { "Protocol", ["Abstractions"], ["MessagePack"] },
        {
            "Runtime", ["Protocol"],
            [
                "Microsoft.Extensions.Configuration.Binder", "Microsoft.Extensions.Configuration.EnvironmentVariables", "Microsoft.Extensions.Configuration.Json",
                "Microsoft.Extensions.DependencyInjection", "Microsoft.Extensions.Logging", "Microsoft.Extensions.Logging.Abstractions", "Microsoft.Extensions.Options", "SSH.NET",
            ]
        },
        { "Cli", ["Providers.Aws", "Providers.Gcp", "Providers.Kubernetes", "Runtime"], ["Microsoft.CodeAnalysis.CSharp", "Spectre.Console", "System.CommandLine"] },
        { "Providers.Aws", ["Runtime"], ["AWSSDK.EC2", "AWSSDK.SecurityToken", "AWSSDK.SSO", "AWSSDK.SSOOIDC"] },
        { "Providers.Gcp", ["Runtime"], ["Google.Apis.Auth"] },
        { "Providers.Kubernetes", ["Runtime"], ["KubernetesClient"] },
        { "Host", ["Protocol"], ["Cronos", "Microsoft.Data.Sqlite"] },
        { "Worker", ["Protocol"], [] },
        { "Generators", [], ["Microsoft.CodeAnalysis.Analyzers", "Microsoft.CodeAnalysis.CSharp"] },
        { "Templates", [], [] },
        { "Generators.CodeFixes", ["Generators"], ["Microsoft.CodeAnalysis.Analyzers", "Microsoft.CodeAnalysis.CSharp.Workspaces"] },
    };

    [Theory]
    [MemberData(nameof(References))]
    public void A_project_refers_to_what_its_place_allows(string project, string[] projects, string[] packages)
    {
        XDocument file = XDocument.Load(Path.Combine(Root, "src", "Runhouse." + project, $"Runhouse.{project}.csproj"));
        Assert.Equal(projects.Order(), Includes(file, "ProjectReference").Select(static path => Path.GetFileNameWithoutExtension(path)["Runhouse.".Length..]).Order());
        Assert.Equal(packages.Order(), Includes(file, "PackageReference").Order());
    }

    [Fact]
    public void Every_project_of_the_product_is_held_to_the_rules()
        => Assert.Equal(References.Select(static row => row.Data.Item1).Order(), Directory.GetDirectories(Path.Combine(Root, "src")).Select(static path => Path.GetFileName(path)["Runhouse.".Length..]).Order());

    [Fact]
    public void Internals_are_shown_to_tests_and_to_the_program_that_runs_those_of_leaks_in_full()
    {
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories))
            Assert.All(Includes(XDocument.Load(file), "InternalsVisibleTo"), static name => Assert.True(name == "Runhouse.Leaks" || name.EndsWith(".Tests", StringComparison.Ordinal), name));
    }

    [Fact]
    public void Package_sources_are_the_users_own()
        => Assert.Empty(XDocument.Load(Path.Combine(Root, "nuget.config")).Descendants("packageSources"));

    [Fact]
    public void No_source_file_has_more_than_400_lines()
    {
        string[] folders = ["src", "tests", "samples", "benchmarks"];
        var large = folders.SelectMany(static folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(static path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal))
            .Where(static path => File.ReadLines(path).Skip(400).Any())
            .Select(static path => Path.GetRelativePath(Root, path));
        Assert.Empty(large);
    }

    // What holds while packing only is a package that comes along, and nothing that the code can refer to.
    private static IEnumerable<string> Includes(XDocument file, string item) => file.Descendants(item)
        .Where(static one => one.Parent!.Attribute("Condition")?.Value.Contains("_IsPacking", StringComparison.Ordinal) != true)
        .Select(static one => (string?)one.Attribute("Include")).OfType<string>();
}
