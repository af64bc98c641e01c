using System.Globalization;
using Amazon.EC2;
using Amazon.EC2.Model;
using Runhouse.Runtime.Choice;
using Runhouse.Runtime.Clouds;
using Runhouse.Runtime.Leases;
using MachineImage = Amazon.EC2.Model.Image;

namespace Runhouse.Providers.Aws;

/// <summary>Makes the machines of one request in one place: all of them, running and with an address, or none.</summary>
/// <param name="region">The region.</param>
/// <param name="options">The options.</param>
/// <param name="timing">How long EC2 is waited for.</param>
/// <param name="tokens">The tokens of create calls.</param>
internal sealed class Launch(AwsRegion region, AwsOptions options, AwsTiming timing, LaunchTokens tokens)
{
    /// <summary>Makes them.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="candidate">Which machine, where, bought how.</param>
    /// <param name="cancellationToken">Stops trying; what was made is undone.</param>
    public async Task<MakeOutcome<IReadOnlyList<LeasedMachine>>> TryAsync(LeaseRequest request, Candidate candidate, CancellationToken cancellationToken)
    {
        for (bool isAgain = false; ; isAgain = true)
        {
            try
            {
                MachineImage image = await region.Images.GetAsync(candidate.Offer, cancellationToken).ConfigureAwait(false);
                Subnet subnet = await region.Subnets.GetAsync(candidate.Offer.Zone, cancellationToken).ConfigureAwait(false);
                string group = await region.Groups.GetAsync(subnet.VpcId, request.OpenPorts, cancellationToken).ConfigureAwait(false);
                return await RunAsync(request, candidate, RunRequest.Write(request, candidate, image, subnet, group, options), cancellationToken).ConfigureAwait(false);
            }
            catch (NotHereException exception)
            {
                return new MakeOutcome<IReadOnlyList<LeasedMachine>>(exception.Failure);
            }
            catch (AmazonEC2Exception exception) when (!isAgain && exception.ErrorCode is "InvalidAMIID.NotFound" or "InvalidAMIID.Unavailable" or "InvalidGroup.NotFound" or "InvalidSubnetID.NotFound")
            {
                // What was found a while ago has been deleted since.
                await region.ForgetAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (AwsFault.IsOfRequest(exception, cancellationToken))
            {
                return new MakeOutcome<IReadOnlyList<LeasedMachine>>(AwsFault.ToFailure(exception));
            }
        }
    }

    private async Task<MakeOutcome<IReadOnlyList<LeasedMachine>>> RunAsync(LeaseRequest request, Candidate candidate, RunInstancesRequest run, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        IReadOnlyList<string> ids = [];
        MakeFailure failure;
        try
        {
            ids = await AskAsync(request, candidate, run).ConfigureAwait(false);
            MakeOutcome<IReadOnlyList<LeasedMachine>> outcome = await WaitAsync(ids, request, candidate, cancellationToken).ConfigureAwait(false);
            if (outcome.Failure is null)
                return outcome;
            failure = outcome.Failure;
        }
        catch (Exception exception) when (ids.Count == 0 && !AwsFault.IsUncertain(exception))
        {
            throw;
        }
        catch (Exception exception) when (AwsFault.IsOfRequest(exception, cancellationToken))
        {
            failure = AwsFault.ToFailure(exception);
        }
        catch
        {
            // The caller has given up, or worse.
            await UndoAsync(ids, request, candidate, run.ClientToken).ConfigureAwait(false);
            throw;
        }

        string? left = await UndoAsync(ids, request, candidate, run.ClientToken).ConfigureAwait(false);
        return new MakeOutcome<IReadOnlyList<LeasedMachine>>(left is null ? failure : failure with { Message = $"{failure.Message.TrimEnd('.')}. {left}" });
    }

    // Not to be stopped: without the answer nobody knows what there is to undo.
    private async Task<IReadOnlyList<string>> AskAsync(LeaseRequest request, Candidate candidate, RunInstancesRequest run)
    {
        Pauses pauses = region.Patience.NewPauses();
        for (int tries = 1; ; tries++)
        {
            run.ClientToken = tokens.Of(request, candidate);
            try
            {
                RunInstancesResponse made = await region.Client.RunInstancesAsync(run, CancellationToken.None).ConfigureAwait(false);
                return [.. made.Reservation.Instances.Select(static instance => instance.InstanceId)];
            }
            catch (AmazonEC2Exception exception) when (exception.ErrorCode == "IdempotentParameterMismatch" && tries < timing.Tries)
            {
                // The request was made before with something else in it, such as an older image. What it made is what was asked for.
                IReadOnlyList<Instance> made = await region.Instances.OfTokenAsync(run.ClientToken, CancellationToken.None).ConfigureAwait(false);
                string[] alive = [.. made.Where(static instance => !IsEnding(instance)).Select(static instance => instance.InstanceId)];
                if (alive.Length == request.Count)
                    return alive;
                if (made.Count > 0 || timing.IsVisible(pauses))
                {
                    await region.Termination.EndAsync(alive, areNew: false, CancellationToken.None).ConfigureAwait(false);
                    tokens.Renew(request, candidate);
                }
                else
                {
                    tries--;
                    await pauses.WaitAsync(CancellationToken.None).ConfigureAwait(false);
                }
            }
            catch (Exception exception) when (exception is not AmazonEC2Exception { ErrorCode.Length: > 0 } && tries < timing.Tries && AwsFault.IsUncertain(exception))
            {
                // The answer is lost. The same token gives it again.
                await pauses.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async Task<MakeOutcome<IReadOnlyList<LeasedMachine>>> WaitAsync(IReadOnlyList<string> ids, LeaseRequest request, Candidate candidate, CancellationToken cancellationToken)
    {
        Pauses pauses = region.Patience.NewPauses();
        while (true)
        {
            IReadOnlyList<Instance> found = await region.Instances.WithIdsAsync(ids, cancellationToken).ConfigureAwait(false);
            if (found.FirstOrDefault(IsEnding) is { } ended)
                return new MakeOutcome<IReadOnlyList<LeasedMachine>>(WhyEnded(ended));
            if (found.Count == ids.Count && found.All(one => one.State.Name == InstanceStateName.Running && Instances.AddressOf(one, options.UsePrivateAddress) is not null))
                return new MakeOutcome<IReadOnlyList<LeasedMachine>>([.. found.Select(one => region.Instances.ToMachine(one, options.UsePrivateAddress)).OrderBy(static machine => machine.Index)]);
            if (pauses.Elapsed > timing.StartLimit)
            {
                string limit = timing.StartLimit.ToString("c", CultureInfo.InvariantCulture);
                return new MakeOutcome<IReadOnlyList<LeasedMachine>>(new MakeFailure(ProvisioningFailure.Capacity, "StartTimeout", found.Count < ids.Count
                    ? $"EC2 has not listed the machines that it made within {limit}"
                    : $"the machines did not run with an address within {limit}"));
            }

            await pauses.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool IsEnding(Instance instance) => instance.State?.Name?.Value is not ("pending" or "running");

    private static MakeFailure WhyEnded(Instance instance) => instance.StateReason is { Code.Length: > 0 } reason
        ? AwsFault.OfStateReason(reason.Code, reason.Message ?? "the machine ended while it started")
        : new MakeFailure(ProvisioningFailure.Capacity, "Server.Ended", $"the machine {instance.InstanceId} ended while it started");

    // What cannot be undone is said, not hidden: it may cost money.
    private async Task<string?> UndoAsync(IReadOnlyList<string> ids, LeaseRequest request, Candidate candidate, string token)
    {
        try
        {
            IReadOnlyCollection<string> all = ids.Count > 0 ? ids : await LookAsync(token, request.Count).ConfigureAwait(false);
            if (all.Count > 0)
            {
                await region.Termination.EndAsync(all, areNew: true, CancellationToken.None).ConfigureAwait(false);
                tokens.Renew(request, candidate);
            }

            return null;
        }
        catch (Exception exception) when (AwsFault.IsOfRequest(exception, CancellationToken.None))
        {
            MakeFailure failure = AwsFault.ToFailure(exception);
            string what = ids.Count > 0 ? $"What was made of it, {string.Join(", ", ids)}, may be left" : "Whether it made machines is not known";
            return $"{what}: {failure.Code}: {failure.Message.TrimEnd('.')}. They have the tag {MachineTags.Lease}={request.Lease}";
        }
    }

    // What a request has made whose answer is lost. EC2 may not list all of it at once, and a request that failed may have made nothing.
    private async Task<HashSet<string>> LookAsync(string token, int count)
    {
        HashSet<string> made = [];
        for (int look = 1; ; look++)
        {
            made.UnionWith((await region.Instances.OfTokenAsync(token, CancellationToken.None).ConfigureAwait(false)).Select(static instance => instance.InstanceId));
            if (made.Count >= count || look >= timing.Looks)
                return made;
            await region.Patience.WaitAsync(timing.LookPause, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
