using Microsoft.Extensions.Configuration;
using Runhouse.Providers.Compute;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Gcp;

/// <summary>What the provider says of the credentials, the project, what they may do, and its configuration.</summary>
public sealed class CheckTests : GcpTest
{
    [Fact]
    public async Task Good_credentials_are_good_in_all_and_nothing_is_made()
    {
        IReadOnlyList<Finding> findings = await Cloud.CheckAsync(Token);

        Assert.All(findings, static finding => Assert.Equal(FindingLevel.Good, finding.Level));
        Assert.Equal(["gcp: credentials", "gcp: listing machines", "gcp: permissions", "gcp: volumes"], findings.Select(static finding => finding.Subject));
        Assert.All(Server.Requests, static request => Assert.Contains(request.Action, (string[])["zones.list", "instances.aggregatedList", "projects.testIamPermissions"]));
        Assert.Null(await Cloud.FindObstacleAsync(Token));
    }

    [Fact]
    public async Task Permissions_that_are_missing_are_named()
    {
        Server.Allowed = new HashSet<string> { "compute.zones.list", "compute.instances.list", "compute.instances.create" };

        Finding finding = Assert.Single(await Cloud.CheckAsync(Token), static finding => finding.Level == FindingLevel.Bad);

        Assert.Contains("compute.instances.delete", finding.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("compute.instances.create", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Permissions_for_volumes_are_a_warning_of_their_own_as_not_every_cluster_has_them()
    {
        await Cloud.CheckAsync(Token);
        Server.Allowed = Server.Of("projects.testIamPermissions")[0].Body["permissions"]!.AsArray().Select(static one => one!.ToString()).Except(["compute.disks.use"]).ToHashSet();

        Finding finding = Assert.Single(await Cloud.CheckAsync(Token), static finding => finding.Level != FindingLevel.Good);

        Assert.Equal(("gcp: volumes", FindingLevel.Warning, "compute.disks.use missing in tests"), (finding.Subject, finding.Level, finding.Text));
    }

    [Fact]
    public async Task Permissions_that_cannot_be_asked_for_are_a_warning()
    {
        Server.FailNext("projects.testIamPermissions", new ComputeRefusalException(403, "forbidden", "Cloud Resource Manager API has not been used") { Detail = "SERVICE_DISABLED" });

        Finding finding = Assert.Single(await Cloud.CheckAsync(Token), static finding => finding.Level == FindingLevel.Warning);

        Assert.Contains("SERVICE_DISABLED", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_that_are_refused_are_the_only_finding()
    {
        Server.TokenError = "Invalid JWT Signature.";

        Finding finding = Assert.Single(await Cloud.CheckAsync(Token));

        Assert.Equal(FindingLevel.Bad, finding.Level);
        Assert.Contains("Invalid JWT Signature", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_credentials_the_obstacle_says_what_to_do()
    {
        await using GcpCloud none = NewCloud(Options with { Credentials = null });
        await using GcpCloud missing = NewCloud(Options with { Credentials = "no-such-file.json" });

        Assert.Contains("gcloud auth application-default login", await none.FindObstacleAsync(Token), StringComparison.Ordinal);
        Assert.Contains("no-such-file.json", await missing.FindObstacleAsync(Token), StringComparison.Ordinal);
        Assert.Equal(ProvisioningFailure.Authentication, (await none.TryMakeAsync(Request(), At("us-central1-a"), Token)).Failure!.Failure);
    }

    [Fact]
    public async Task Without_a_project_the_obstacle_says_what_to_do()
    {
        string key = ServiceAccountKey.Write(Server, project: null);
        await using GcpCloud none = NewCloud(Options with { Credentials = key });
        await using GcpCloud said = NewCloud(Options with { Credentials = key, Project = "another" });

        Assert.Contains("Runhouse:Gcp:Project", await none.FindObstacleAsync(Token), StringComparison.Ordinal);
        Assert.Null(await said.FindObstacleAsync(Token));
        await MakeAsync(said, Request(), At("us-central1-a"));
        Assert.Equal("another", Server.Of("instances.insert")[0].Project);
        File.Delete(key);
    }

    [Fact]
    public async Task The_project_that_pays_is_what_the_credentials_say()
    {
        string key = ServiceAccountKey.Write(Server, payer: "payer");
        await using GcpCloud cloud = NewCloud(Options with { Credentials = key });

        await cloud.FindAsync(null, Token);
        await Cloud.FindAsync(null, Token);

        Assert.Equal(["payer", null], Server.Requests.Select(static request => request.QuotaProject));
        File.Delete(key);
    }

    [Fact]
    public async Task A_file_that_holds_no_credentials_is_named()
    {
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "{}", Token);
        await using GcpCloud cloud = NewCloud(Options with { Credentials = file });

        Assert.Contains(file, await cloud.FindObstacleAsync(Token), StringComparison.Ordinal);
        File.Delete(file);
    }

    [Theory]
    [InlineData("CLOUDSDK_CORE_PROJECT", "said", "said")]
    [InlineData(null, null, "of-default")]
    [InlineData("CLOUDSDK_ACTIVE_CONFIG_NAME", "work", "of-work")]
    public void The_project_that_gcloud_is_set_to_is_found(string? variable, string? value, string project)
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        Directory.CreateDirectory(Path.Combine(folder, "configurations"));
        File.WriteAllText(Path.Combine(folder, "active_config"), "default\n");
        File.WriteAllText(Path.Combine(folder, "configurations", "config_default"), "[compute]\nproject = wrong\n[core]\naccount = a@b\nproject = of-default\n");
        File.WriteAllText(Path.Combine(folder, "configurations", "config_work"), "[core]\nproject=of-work\n");

        Assert.Equal(project, GcloudConfiguration.FindProject(name => name == "CLOUDSDK_CONFIG" ? folder : name == variable ? value : null));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task The_section_of_the_configuration_is_read()
    {
        await using GcpCloud cloud = GcpCloud.Create(Context(("ServiceUrl", Server.Url), ("Credentials", KeyFile), ("Project", "tests"), ("AllowFrom", "203.0.113.0/24, 198.51.100.0/24")));

        Assert.Equal("gcp", cloud.Name);
        Assert.Empty(await cloud.FindAsync(null, Token));
    }

    [Theory]
    [InlineData("Zone", "us-central1-a", "Runhouse:Gcp:Zone is not a key")]
    [InlineData("ServiceUrl", "compute", "https://")]
    [InlineData("AllowFrom", "everywhere", "203.0.113.0/24")]
    [InlineData("UsePrivateAddress", "maybe", "true or false")]
    [InlineData("Image", "ubuntu", "PROJECT/FAMILY")]
    [InlineData("Subnetwork", "lab", "needs Runhouse:Gcp:Network")]
    public void A_mistake_in_the_configuration_is_named_with_what_to_write(string key, string value, string message)
        => Assert.Contains(message, Assert.Throws<RunhouseConfigurationException>(() => GcpCloud.Create(Context((key, value)))).Message, StringComparison.Ordinal);

    private static CloudContext Context(params (string Key, string? Value)[] values)
        => new(new ConfigurationBuilder().AddInMemoryCollection(values.ToDictionary(static one => one.Key, static one => one.Value)).Build(), TimeProvider.System);
}
