using System.Text.Json;
using System.Text.RegularExpressions;
using Runhouse.Runtime.Leases;
using Runhouse.Runtime.Volumes;

namespace Runhouse.Providers.Aws;

/// <summary>What <c>runhouse doctor</c> says of AWS, and the permissions that the documentation lists.</summary>
public sealed partial class CheckTests : AwsTest
{
    private static readonly string[] Life =
        ["RunInstances", "TerminateInstances", "StopInstances", "StartInstances", "DescribeInstances", "DescribeImages", "DescribeSubnets", "DescribeSecurityGroups", "CreateSecurityGroup", "AuthorizeSecurityGroupIngress", "DescribeRegions", "DescribeVolumes", "CreateVolume", "AttachVolume", "DeleteVolume", "CreateTags"];

    [Fact]
    public async Task With_all_permissions_everything_is_good_and_nothing_is_changed()
    {
        IReadOnlyList<Finding> findings = await Cloud.CheckAsync(Token);

        Assert.Equal(["aws: credentials", "aws: listing machines", "aws: making machines", "aws: ending machines"], findings.Select(static one => one.Subject));
        Assert.All(findings, static one => Assert.Equal(FindingLevel.Good, one.Level));
        Assert.Empty(UsEast.Instances);
        Assert.Empty(UsEast.Groups);
    }

    [Fact]
    public async Task Credentials_that_are_missing_or_refused_are_the_only_finding()
    {
        await using AwsCloud none = NewCloud(Options with { Profile = "none-of-that-name" });
        Finding missing = Assert.Single(await none.CheckAsync(Token));
        Assert.Equal(("aws: credentials", FindingLevel.Bad), (missing.Subject, missing.Level));
        Assert.Contains("'aws sso login'", missing.Remedy, StringComparison.Ordinal);

        Ec2.FailNext("DescribeRegions", new Ec2.Ec2Exception("ExpiredToken", "The security token included in the request is expired"));
        Finding expired = Assert.Single(await Cloud.CheckAsync(Token));
        Assert.Equal("us-east-1: ExpiredToken: The security token included in the request is expired", expired.Text);
        Assert.StartsWith("Renew the credentials", expired.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("RunInstances", "aws: making machines")]
    [InlineData("DescribeImages", "aws: making machines")]
    [InlineData("CreateTags", "aws: making machines")]
    [InlineData("TerminateInstances", "aws: ending machines")]
    [InlineData("DescribeInstances", "aws: listing machines")]
    public async Task A_permission_that_is_missing_is_found(string action, string subject)
    {
        Ec2.Allowed = Life.Except([action]).ToHashSet();
        Finding bad = Assert.Single(await Cloud.CheckAsync(Token), static one => one.Level == FindingLevel.Bad);
        Assert.Equal(subject, bad.Subject);
        Assert.Contains($"ec2:{action}", bad.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_permissions_that_the_documentation_lists_are_enough_for_a_machines_life()
    {
        string[] documented = DocumentedActions();
        Ec2.Allowed = documented.ToHashSet();

        await MakeAsync(Request(), At("use1-az1", isSpot: true));
        IReadOnlyList<LeasedMachine> kept = await MakeAsync(Request(token: "t-2", lease: "l-2") with { KeepsDisk = true }, At("use1-az1"));
        await Cloud.StopAsync(kept, Token);
        Assert.Null((await Cloud.TryStartAsync(kept, Token)).Failure);
        CloudVolume volume = await Cloud.MakeVolumeAsync(new VolumeRequest { Token = "t-3", Owner = "ada", Name = "data", Size = 20, Machine = kept[0] }, Token);
        await Cloud.AttachVolumeAsync(volume, kept[0], Token);
        await Cloud.EndAsync(await Cloud.FindAsync("ada", Token), Token);
        await Cloud.DeleteVolumeAsync(Assert.Single(await Cloud.FindVolumesAsync("ada", Token)), Token);
        Assert.All(await Cloud.CheckAsync(Token), static one => Assert.Equal(FindingLevel.Good, one.Level));

        // Tags of what is made take a permission, and no request.
        Assert.Equal(Life.Order(), documented.Order());
        Assert.Equal(Life.Except(["CreateTags"]).Order(), Ec2.Requests.Select(static one => one.Action).Distinct().Order());
    }

    private static string[] DocumentedActions()
    {
        string document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "providers", "aws.md"));
        using var policy = JsonDocument.Parse(Policy().Match(document).Groups[1].Value);
        return
        [
            .. policy.RootElement.GetProperty("Statement").EnumerateArray().SelectMany(static statement => statement.GetProperty("Action").EnumerateArray())
                .Select(static action => action.GetString()!).Where(static action => action.StartsWith("ec2:", StringComparison.Ordinal)).Select(static action => action[4..]),
        ];
    }

    [GeneratedRegex("```json\n(.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex Policy();
}
