using Runhouse.Providers.Ec2;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Aws;

/// <summary>Machines are given back when EC2 says so.</summary>
public sealed class EndTests : AwsTest
{
    [Fact]
    public async Task It_ends_when_all_of_them_are_gone_in_all_regions()
    {
        Ec2.EndingLooks = 4;
        IReadOnlyList<LeasedMachine> here = await MakeAsync(Request(count: 3), At("use1-az1"));
        IReadOnlyList<LeasedMachine> there = await MakeAsync(Request(), At("euw1-az1", region: "eu-west-1"));

        await Cloud.EndAsync([.. here, .. there], Token);

        Assert.All(UsEast.Instances.Concat(Ec2.Regions["eu-west-1"].Instances), static one => Assert.Equal("terminated", one.State));
    }

    [Fact]
    public async Task Those_that_are_gone_already_and_those_that_EC2_does_not_know_any_more_are_no_error()
    {
        IReadOnlyList<LeasedMachine> machines = await MakeAsync(Request(count: 3), At("use1-az1"));
        await Cloud.EndAsync([machines[0]], Token);
        UsEast.Instances.RemoveAll(one => one.Id == machines[1].Id);
        LeasedMachine unknown = machines[1] with { Id = "i-0123456789abcdef0" };

        await Cloud.EndAsync([.. machines, unknown], Token);

        Assert.Empty(Ec2.Alive);
        await Cloud.EndAsync([unknown], Token);
    }

    [Fact]
    public async Task A_refusal_is_an_error_that_names_the_machines()
    {
        IReadOnlyList<LeasedMachine> machines = await MakeAsync(Request(), At("use1-az1"));
        Ec2.Allowed = new HashSet<string> { "DescribeInstances" };

        CredentialsException refused = await Assert.ThrowsAsync<CredentialsException>(() => Cloud.EndAsync(machines, Token));

        Assert.StartsWith($"The machines {machines[0].Id} of aws in us-east-1 are not known to be gone: UnauthorizedOperation: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("ec2:TerminateInstances", refused.Message, StringComparison.Ordinal);
        Assert.Single(Ec2.Alive);
    }

    [Fact]
    public async Task A_machine_that_somebody_has_protected_is_an_error_that_says_so()
    {
        IReadOnlyList<LeasedMachine> machines = await MakeAsync(Request(), At("use1-az1"));
        Ec2.FailNext("TerminateInstances", new Ec2Exception("OperationNotPermitted", $"The instance '{machines[0].Id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again."));

        HostUnreachableException refused = await Assert.ThrowsAsync<HostUnreachableException>(() => Cloud.EndAsync(machines, Token));

        Assert.EndsWith("'disableApiTermination' instance attribute and try again. Correct what the message names, and try again.", refused.Message, StringComparison.Ordinal);
        Assert.Single(Ec2.Alive);
    }

    [Fact]
    public async Task Machines_that_EC2_does_not_end_are_not_said_to_be_gone()
    {
        IReadOnlyList<LeasedMachine> machines = await MakeAsync(Request(), At("use1-az1"));
        Ec2.EndingLooks = int.MaxValue;
        await using AwsCloud cloud = NewCloud(Options, Quick with { EndLimit = TimeSpan.Zero });

        HostUnreachableException unknown = await Assert.ThrowsAsync<HostUnreachableException>(() => cloud.EndAsync(machines, Token));

        Assert.Contains($"EC2 has not ended {machines[0].Id}", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_is_lost_is_asked_for_again()
    {
        IReadOnlyList<LeasedMachine> machines = await MakeAsync(Request(), At("use1-az1"));
        Ec2.CutNext("TerminateInstances", 2);
        await Cloud.EndAsync(machines, Token);
        Assert.Empty(Ec2.Alive);
    }
}
