using Runhouse.Providers.Compute;
using Runhouse.Runtime.Choice;

namespace Runhouse.Providers.Gcp;

/// <summary>Which class the errors of Compute Engine are of: refusals, and operations that fail after their request was accepted.</summary>
public sealed class FaultTests : GcpTest
{
    [Theory]
    [InlineData("ZONE_RESOURCE_POOL_EXHAUSTED", 503, "The zone does not have enough resources available", ProvisioningFailure.Capacity)]
    [InlineData("ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS", 503, "(resource type:compute)", ProvisioningFailure.Capacity)]
    [InlineData("UNSUPPORTED_OPERATION", 400, "Instance was preempted", ProvisioningFailure.Capacity)]
    [InlineData("QUOTA_EXCEEDED", 403, "Quota 'NVIDIA_A100_GPUS' exceeded. Limit: 0.0 in region us-central1.", ProvisioningFailure.Quota)]
    [InlineData("RESOURCE_OPERATION_RATE_EXCEEDED", 403, "Operation rate exceeded", ProvisioningFailure.Throttled)]
    [InlineData("INTERNAL_ERROR", 500, "Internal error. Please try again", ProvisioningFailure.Throttled)]
    [InlineData("PERMISSIONS_ERROR", 403, "Required 'iam.serviceAccounts.actAs' permission", ProvisioningFailure.Authentication)]
    [InlineData("CONDITION_NOT_MET", 412, "Constraint constraints/compute.vmExternalIpAccess violated", ProvisioningFailure.Configuration)]
    [InlineData("INVALID_USAGE", 400, "The selected machine type is not compatible with 8 guest accelerators", ProvisioningFailure.Unsupported)]
    public async Task An_operation_that_fails_after_its_request_was_accepted_is_of_the_class_of_its_code(string code, int status, string message, ProvisioningFailure failure)
    {
        Server.SlowWaits = 1;
        Server.Zones["us-central1-a"].FailNext(code, message, status);

        MakeFailure answer = await FailAsync(Request(), At("us-central1-a"));

        Assert.Equal((failure, code, message), (answer.Failure, answer.Code, answer.Message));
    }

    [Theory]
    [InlineData(401, "authError", "Invalid Credentials", ProvisioningFailure.Authentication)]
    [InlineData(403, "accessNotConfigured", "Compute Engine API has not been used in project tests before or it is disabled", ProvisioningFailure.Authentication)]
    [InlineData(403, "quotaExceeded", "Quota 'CPUS' exceeded. Limit: 24.0", ProvisioningFailure.Quota)]
    [InlineData(403, "rateLimitExceeded", "Rate Limit Exceeded", ProvisioningFailure.Throttled)]
    [InlineData(403, "quotaExceeded", "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute'", ProvisioningFailure.Throttled)]
    [InlineData(429, "tooManyRequests", "Too many requests", ProvisioningFailure.Throttled)]
    [InlineData(400, "invalid", "Invalid value for field 'resource.machineType': 'n1-standard-1'. [n1-standard-1, nvidia-l4] features are not compatible", ProvisioningFailure.Unsupported)]
    [InlineData(400, "invalid", "Invalid value for field 'resource.networkInterfaces[0].subnetwork': ''. No subnetworks found in network", ProvisioningFailure.Unsupported)]
    [InlineData(400, "invalid", "Invalid value for field 'zone': 'us-central1-z'. Unknown zone.", ProvisioningFailure.Unsupported)]
    [InlineData(404, "notFound", "The resource 'projects/tests/global/networks/default' was not found", ProvisioningFailure.Configuration)]
    [InlineData(400, "badRequest", "Invalid project", ProvisioningFailure.Configuration)]
    public async Task A_refusal_is_of_the_class_of_its_reason(int status, string reason, string message, ProvisioningFailure failure)
    {
        Server.Zones["us-central1-a"].Refusal = _ => new ComputeRefusalException(status, reason, message);

        MakeFailure answer = await FailAsync(Request(), At("us-central1-a"));

        Assert.Equal((failure, reason, message), (answer.Failure, answer.Code, answer.Message));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    public async Task An_outage_that_stays_is_to_be_asked_again_and_leaves_nothing(int status)
    {
        Server.Zones["us-central1-a"].Refusal = _ => new ComputeRefusalException(status, "backendError", "Backend Error");

        Assert.Equal(ProvisioningFailure.Throttled, (await FailAsync(Request(), At("us-central1-a"))).Failure);
        Assert.Equal(Quick.Tries, Server.Of("instances.insert").Count);
        Assert.Single(Server.Of("instances.insert").Select(static insert => insert.Query["requestId"]).Distinct());
    }

    [Fact]
    public async Task When_to_ask_again_is_what_the_answer_says()
    {
        Server.Zones["us-central1-a"].Refusal = _ => new ComputeRefusalException(429, "rateLimitExceeded", "slow down") { RetryAfter = 17 };

        Assert.Equal(TimeSpan.FromSeconds(17), (await FailAsync(Request(), At("us-central1-a"))).RetryAfter);
    }

    [Fact]
    public async Task A_type_that_a_zone_does_not_have_leaves_the_other_zones()
    {
        Server.Zones["us-central1-a"].MissingTypes.Add("n4-standard-2");

        Assert.Equal(ProvisioningFailure.Capacity, (await FailAsync(Request(), At("us-central1-a"))).Failure);
    }

    [Fact]
    public async Task A_missing_permission_is_named()
    {
        Server.Allowed = new HashSet<string> { "compute.images.getFromFamily", "compute.firewalls.get", "compute.firewalls.create", "compute.globalOperations.get" };

        MakeFailure answer = await FailAsync(Request(), At("us-central1-a"));

        Assert.Equal((ProvisioningFailure.Authentication, "IAM_PERMISSION_DENIED"), (answer.Failure, answer.Code));
        Assert.Contains("compute.instances.create", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_refused_is_no_capacity()
    {
        Server.TokenError = "Invalid JWT Signature.";

        MakeFailure answer = await FailAsync(Request(), At("us-central1-a"));

        Assert.Equal((ProvisioningFailure.Authentication, "TokenRefused", "invalid_grant: Invalid JWT Signature."), (answer.Failure, answer.Code, answer.Message));
        Assert.Empty(Server.Requests);
    }

    [Fact]
    public async Task An_image_family_that_does_not_exist_is_named_with_what_to_set()
    {
        await using GcpCloud cloud = NewCloud(Options with { Image = "own-project/no-family" });

        MakeFailure answer = (await cloud.TryMakeAsync(Request(), At("us-central1-a"), Token)).Failure!;

        Assert.Equal(ProvisioningFailure.Configuration, answer.Failure);
        Assert.Contains("no-family", answer.Message, StringComparison.Ordinal);
        Assert.Contains("Runhouse:Gcp:Image", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_an_outage()
    {
        string url = Server.Url;
        await Server.DisposeAsync();

        Assert.Equal(ProvisioningFailure.Throttled, (await Cloud.TryMakeAsync(Request(), At("us-central1-a"), Token)).Failure!.Failure);
    }
}
