using CsCheck;
using Runhouse.Runtime.Choice;
using Runhouse.Runtime.Tests.Catalogue;

namespace Runhouse.Runtime.Tests.Choice;

public sealed class FailoverTests
{
    private static readonly MakeFailure NoCapacity = new(ProvisioningFailure.Capacity, "InsufficientInstanceCapacity", "We currently do not have sufficient capacity.");
    private static readonly MakeFailure NoQuota = new(ProvisioningFailure.Quota, "VcpuLimitExceeded", "You have requested more vCPU capacity than your limit.");
    private static readonly MakeFailure NoAccess = new(ProvisioningFailure.Authentication, "UnauthorizedOperation", "You are not authorized to perform ec2:RunInstances.");
    private static readonly MakeFailure NotSold = new(ProvisioningFailure.Unsupported, "Unsupported", "The requested configuration is not supported.");
    private static readonly MakeFailure Wrong = new(ProvisioningFailure.Configuration, "InvalidAMIID.NotFound", "The image id does not exist.");
    private static readonly MakeFailure Later = new(ProvisioningFailure.Throttled, "RequestLimitExceeded", "Request limit exceeded.");

    private static readonly MachineCatalogue Catalogue = Catalogues.Embedded();

    // Eight places: two types in the four zones of one region.
    private static readonly Candidates Eight = Catalogue.Find(Resources.Parse(gpu: "A100-40GB", provider: "gcp"));

    [Fact]
    public async Task Capacity_missing_in_the_first_seven_of_eight_places_the_eighth_is_used()
    {
        Assert.Equal(8, Eight.Count);
        var maker = new ScriptedMaker((candidate, _) => candidate == Eight[7] ? null : NoCapacity);
        Made<string> made = await maker.RunAsync(maker.Search().MakeAsync(Eight, CancellationToken.None));
        Assert.Equal(Eight, maker.Asked);
        Assert.Equal((Eight[7], "machine in us-central1-f"), (made.Candidate, made.Machines));
        Assert.Equal(Eight.Take(7).Select(static one => (one.Offer.InstanceType, one.Offer.Zone)), made.Attempts.Select(static one => (one.InstanceType, one.Zone)));
        Assert.All(made.Attempts, static one => Assert.Equal((ProvisioningFailure.Capacity, "InsufficientInstanceCapacity"), (one.Failure, one.Code)));
        Assert.Equal(TimeSpan.Zero, maker.Elapsed);
    }

    [Fact]
    public async Task Nothing_to_be_had_is_an_error_with_every_attempt()
    {
        var maker = new ScriptedMaker((_, _) => NoCapacity);
        CapacityException error = await Assert.ThrowsAsync<CapacityException>(() => maker.RunAsync(maker.Search().MakeAsync(Eight, CancellationToken.None)));
        Assert.Equal(8, error.Attempts.Count);
        Assert.Equal(
            "No machine with Gpu=A100-40GB, Provider=gcp is to be had: 8 attempts failed (8 Capacity). The first was a2-highgpu-1g in us-central1-a (gcp) for $3.67339 an hour: InsufficientInstanceCapacity: "
            + "We currently do not have sufficient capacity. Allow more regions, accelerators (\"A100|H100\") or spot machines, raise MaxPrice, or try again later; Attempts has them all.",
            error.Message);
    }

    [Fact]
    public async Task The_error_names_the_first_and_the_cheapest_that_were_tried()
    {
        var maker = new ScriptedMaker((_, _) => NoCapacity);
        Candidates candidates = Catalogue.Find(Resources.Parse(gpu: "H100:8|T4", region: "us-west-2"), CandidateOrder.AsWritten);
        CapacityException error = await Assert.ThrowsAsync<CapacityException>(() => maker.RunAsync(maker.Search().MakeAsync(candidates, CancellationToken.None)));
        Assert.Contains("The first was p5.48xlarge in usw2-az1 (aws) for $55.04 an hour", error.Message, StringComparison.Ordinal);
        Assert.Contains("The cheapest was g4dn.xlarge in usw2-az1 (aws) for $0.526 an hour", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_quota_blocks_the_region_for_that_accelerator_and_not_for_spot_machines()
    {
        Candidates candidates = Catalogue.Find(Resources.Parse(gpu: "V100|T4", spot: "allowed"));
        var maker = new ScriptedMaker((candidate, _) => candidate.IsSpot ? NoQuota : NoCapacity);
        await Assert.ThrowsAsync<CapacityException>(() => maker.RunAsync(maker.Search().MakeAsync(candidates, CancellationToken.None)));
        Candidate[] spot = [.. maker.Asked.Where(static one => one.IsSpot)];
        Assert.Equal(spot.DistinctBy(static one => (one.Offer.Region, one.Offer.Accelerator!.Value.Name)).Count(), spot.Length);
        Assert.Equal(candidates.Count(static one => !one.IsSpot), maker.Asked.Count(static one => !one.IsSpot));
    }

    [Fact]
    public async Task Quotas_everywhere_are_an_error_of_their_own()
    {
        var maker = new ScriptedMaker((_, _) => NoQuota);
        QuotaException error = await Assert.ThrowsAsync<QuotaException>(() => maker.RunAsync(maker.Search().MakeAsync(Eight, CancellationToken.None)));
        Assert.Equal("VcpuLimitExceeded", Assert.Single(error.Attempts).Code);
        Assert.Contains("Ask gcp for a higher quota", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_of_the_credentials_stops_at_once_and_says_so()
    {
        var maker = new ScriptedMaker((_, _) => NoAccess);
        CredentialsException error = await Assert.ThrowsAsync<CredentialsException>(() => maker.RunAsync(maker.Search().MakeAsync(Eight, CancellationToken.None)));
        Assert.Single(maker.Asked);
        Assert.Contains("gcp refused the credentials", error.Message, StringComparison.Ordinal);
        Assert.Contains("ec2:RunInstances", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_request_stops_at_once()
    {
        var maker = new ScriptedMaker((_, _) => Wrong);
        DeploymentException error = await Assert.ThrowsAsync<DeploymentException>(() => maker.RunAsync(maker.Search().MakeAsync(Eight, CancellationToken.None)));
        Assert.Single(maker.Asked);
        Assert.Contains("InvalidAMIID.NotFound", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_throttled_is_asked_again_after_growing_pauses()
    {
        var maker = new ScriptedMaker((_, times) => times < 3 ? Later : null);
        Made<string> made = await maker.RunAsync(maker.Search().MakeAsync(Eight, CancellationToken.None));
        Assert.Equal(Eight[0], made.Candidate);
        Assert.InRange(maker.Elapsed, TimeSpan.FromSeconds(1 + 2 + 4), TimeSpan.FromSeconds(1 + 2 + 4) + maker.Tolerance);
        Assert.Equal(3, made.Attempts.Count);
    }

    [Theory]
    [InlineData(0, 3.5)]
    [InlineData(0.5, 5.25)]
    public async Task Pauses_are_spread_by_the_random_numbers_that_a_search_is_given(double number, double seconds)
    {
        var maker = new ScriptedMaker((_, times) => times < 3 ? Later : null);
        await maker.RunAsync(maker.Search(new OneNumber(number)).MakeAsync(Eight, CancellationToken.None));
        Assert.InRange(maker.Elapsed, TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(seconds) + maker.Tolerance);
    }

    [Fact]
    public async Task A_provider_that_names_a_time_is_not_asked_before()
    {
        var maker = new ScriptedMaker((_, times) => times == 0 ? Later with { RetryAfter = TimeSpan.FromSeconds(17) } : null);
        await maker.RunAsync(maker.Search(random: 0).MakeAsync(Eight, CancellationToken.None));
        Assert.InRange(maker.Elapsed, TimeSpan.FromSeconds(17), TimeSpan.FromSeconds(17) + maker.Tolerance);
    }

    [Fact]
    public async Task A_region_that_stays_throttled_is_left_for_the_others()
    {
        Candidates candidates = Catalogue.Find(Resources.Parse(gpu: "A100"));
        var maker = new ScriptedMaker((candidate, _) => candidate.Offer.Region == "us-central1" ? Later : null);
        Made<string> made = await maker.RunAsync(maker.Search().MakeAsync(candidates, CancellationToken.None));
        Assert.Equal("us-east5", made.Candidate.Offer.Region);
        Assert.Single(maker.Asked.Where(static one => one.Offer.Region == "us-central1").Distinct());
        Assert.True(maker.Elapsed <= new FailoverOptions().RegionBudget + maker.Tolerance);
    }

    [Theory]
    [InlineData(ProvisioningFailure.Capacity)]
    [InlineData(ProvisioningFailure.Unsupported)]
    [InlineData(ProvisioningFailure.Throttled)]
    public async Task A_stopped_machine_is_started_where_it_is_or_not_at_all(ProvisioningFailure failure)
    {
        var maker = new ScriptedMaker((_, _) => NoCapacity with { Failure = failure });
        CapacityException error = await Assert.ThrowsAsync<CapacityException>(() => maker.RunAsync(maker.Search().StartAsync(Eight[3], "train", CancellationToken.None)));
        Assert.Equal(Eight[3], Assert.Single(maker.Asked.Distinct()));
        Assert.StartsWith("The stopped machine a2-highgpu-1g in us-central1-f (gcp) cannot be started: InsufficientInstanceCapacity", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("(runhouse down train).", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stopped_machine_that_is_throttled_is_waited_for()
    {
        var maker = new ScriptedMaker((_, times) => times == 0 ? Later : null);
        Assert.Equal(Eight[3], (await maker.RunAsync(maker.Search().StartAsync(Eight[3], "train", CancellationToken.None))).Candidate);
    }

    [Fact]
    public async Task Whatever_fails_the_order_is_kept_no_blocked_place_is_asked_and_the_budget_holds()
    {
        Candidates candidates = Catalogue.Find(Resources.Parse(gpu: "A100|V100|T4", spot: "allowed"));
        var options = new FailoverOptions { RegionBudget = TimeSpan.FromSeconds(8), Budget = TimeSpan.FromSeconds(20) };
        await Gen.Select(Gen.Int[0, 23].Array[candidates.Count], Gen.Double[0, 1]).SampleAsync(async (script, random) =>
        {
            MakeFailure? Answer(Candidate candidate, int times) => script[candidates.ToList().IndexOf(candidate)] switch
            {
                0 => null,
                1 => NoAccess,
                2 => Wrong,
                3 or 4 => NoQuota,
                5 or 6 => NotSold,
                7 => Later,
                8 or 9 => times < 2 ? Later : NoCapacity,
                10 => times < 1 ? Later with { RetryAfter = TimeSpan.FromSeconds(3) } : null,
                _ => NoCapacity,
            };
            var maker = new ScriptedMaker(Answer);
            Failover<string> search = maker.Search(random, options);
            Exception? error = await Record.ExceptionAsync(() => maker.RunAsync(search.MakeAsync(candidates, CancellationToken.None)));

            // In order: a candidate comes again only at once.
            Candidate[] asked = [.. maker.Asked.Where((one, i) => i == 0 || maker.Asked[i - 1] != one)];
            Assert.Equal(candidates.Where(asked.Contains), asked);

            // Each was asked if and only if no failure before it blocks it.
            (Candidate Candidate, ProvisioningFailure Failure)[] failed = [.. asked.Select(one => (one, Answer(one, maker.Asked.Count(other => other == one) - 1)))
                .Where(static one => one.Item2 is not null).Select(static one => (one.one, one.Item2!.Failure))];
            int last = candidates.ToList().IndexOf(asked[^1]);
            bool isEnded = error is null or CredentialsException or DeploymentException;
            foreach (Candidate candidate in candidates.Take(isEnded ? last + 1 : candidates.Count))
                Assert.Equal(!failed.TakeWhile(one => one.Candidate != candidate).Any(one => Blocks(one.Candidate, one.Failure, candidate)), asked.Contains(candidate));

            // Nothing behind what stops it, and the attempts are what was asked and failed.
            Assert.Equal(script[last] == 1, error is CredentialsException);
            Assert.Equal(script[last] == 2, error is DeploymentException);
            Assert.Equal(maker.Asked.Count - (error is null ? 1 : 0), search.Attempts.Count);
            Assert.True(maker.Elapsed <= options.Budget + maker.Tolerance);
        }, iter: 200);
    }

    private static bool Blocks(Candidate failed, ProvisioningFailure failure, Candidate other)
        => failed.Offer.Provider == other.Offer.Provider && failed.Offer.Region == other.Offer.Region && failure switch
        {
            ProvisioningFailure.Throttled => true,
            ProvisioningFailure.Unsupported => failed.Offer.InstanceType == other.Offer.InstanceType,
            ProvisioningFailure.Quota => failed.IsSpot == other.IsSpot && failed.Offer.Accelerator!.Value.Name == other.Offer.Accelerator!.Value.Name,
            ProvisioningFailure.Capacity => failed == other,
            _ => false,
        };

    private sealed class OneNumber(double number) : Random
    {
        public override double NextDouble() => number;
    }
}
