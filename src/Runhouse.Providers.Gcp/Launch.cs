using System.Globalization;
using Runhouse.Providers.Gcp.Api;
using Runhouse.Runtime.Choice;
using Runhouse.Runtime.Clouds;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Gcp;

/// <summary>Makes the machines of one request in one zone: all of them, running and with an address, or none.</summary>
/// <param name="compute">Compute Engine.</param>
/// <param name="options">The options.</param>
/// <param name="timing">How long Compute Engine is waited for.</param>
/// <param name="names">The names of machines.</param>
internal sealed class Launch(ComputeEngine compute, GcpOptions options, GcpTiming timing, LaunchNames names)
{
    /// <summary>Makes them.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="candidate">Which machine, in which zone, bought how.</param>
    /// <param name="cancellationToken">Stops trying; what was made is undone.</param>
    public async Task<MakeOutcome<IReadOnlyList<LeasedMachine>>> TryAsync(LeaseRequest request, Candidate candidate, CancellationToken cancellationToken)
    {
        for (bool isAgain = false; ; isAgain = true)
        {
            try
            {
                MachineImage image = await compute.Images.GetAsync(candidate.Offer, cancellationToken).ConfigureAwait(false);
                string tag = await compute.Firewalls.GetTagAsync(request.OpenPorts, cancellationToken).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                Launching[] machines = [.. Enumerable.Range(0, request.Count).Select(index => new Launching(InsertRequest.Write(request, candidate, index, image, tag, options), index))];
                MakeOutcome<IReadOnlyList<LeasedMachine>> outcome = await RunAsync(request, candidate, machines, cancellationToken).ConfigureAwait(false);
                if (isAgain || !IsAboutImage(outcome.Failure))
                    return outcome;

                // What was found a while ago has been deleted since.
                await compute.ForgetAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (NotHereException exception)
            {
                return new MakeOutcome<IReadOnlyList<LeasedMachine>>(exception.Failure);
            }
            catch (Exception exception) when (ComputeFault.IsOfRequest(exception, cancellationToken))
            {
                return new MakeOutcome<IReadOnlyList<LeasedMachine>>(ComputeFault.ToFailure(exception));
            }
        }
    }

    private static bool IsAboutImage(MakeFailure? failure)
        => failure is { Failure: ProvisioningFailure.Configuration } && failure.Message.Contains("/global/images/", StringComparison.Ordinal);

    private async Task<MakeOutcome<IReadOnlyList<LeasedMachine>>> RunAsync(LeaseRequest request, Candidate candidate, Launching[] machines, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<Instance>[] starts = [.. machines.Select(machine => StartAsync(request, candidate, machine, stop.Token))];
        Task<Instance>? failed = await Together.FindFailedAsync(starts, stop).ConfigureAwait(false);
        if (failed is null)
            return new MakeOutcome<IReadOnlyList<LeasedMachine>>([.. starts.Select(start => compute.Instances.ToMachine(start.Result))]);
        string? left = await UndoAsync(request, candidate, machines).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        MakeFailure failure = await WhyAsync(failed).ConfigureAwait(false);
        return new MakeOutcome<IReadOnlyList<LeasedMachine>>(left is null ? failure : failure with { Message = $"{failure.Message.TrimEnd('.')}. {left}" });
    }

    /// <summary>Why a machine was not made or started.</summary>
    /// <param name="failed">What has failed.</param>
    internal static async Task<MakeFailure> WhyAsync(Task failed)
    {
        try
        {
            await failed.ConfigureAwait(false);
            throw new InvalidOperationException("The task has not failed.");
        }
        catch (NotHereException exception)
        {
            return exception.Failure;
        }
        catch (Exception exception) when (ComputeFault.IsOfRequest(exception, CancellationToken.None))
        {
            return ComputeFault.ToFailure(exception);
        }
    }

    private async Task<Instance> StartAsync(LeaseRequest request, Candidate candidate, Launching machine, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Pauses pauses = compute.Patience.NewPauses();
        machine.IsAsked = true;
        machine.Pending = await AskAsync(request, candidate, machine).ConfigureAwait(false);
        if (machine.Pending is { } operation)
        {
            try
            {
                await compute.Operations.WaitAsync(operation, timing.StartLimit, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                throw TooSlow();
            }
            catch (ComputeException exception)
            {
                // It is done, and has made nothing; of two that were begun at once the other one has.
                machine.Pending = null;
                if (!exception.IsAlreadyThere || !await IsOwnAsync(request, candidate, machine).ConfigureAwait(false))
                    throw;
            }

            machine.Pending = null;
        }

        return await WaitAsync(candidate, machine, pauses, cancellationToken).ConfigureAwait(false);
    }

    // Not to be stopped: without the answer nobody knows what there is to undo. Null when the machine is there already.
    private async Task<Operation?> AskAsync(LeaseRequest request, Candidate candidate, Launching machine)
    {
        Guid id = names.RequestIdOf(request, candidate, machine.Index);
        Pauses pauses = compute.Patience.NewPauses();
        for (int tries = 1; ; tries++)
        {
            try
            {
                return await compute.Api.InsertInstanceAsync(candidate.Offer.Zone!, machine.Wanted, id, CancellationToken.None).ConfigureAwait(false);
            }
            catch (ComputeException exception) when (exception.IsAlreadyThere)
            {
                // Of an earlier request for the same, by this process or one that is gone.
                if (await IsOwnAsync(request, candidate, machine).ConfigureAwait(false))
                    return null;

                // It was there a moment ago, on its way to be gone.
                if (tries >= timing.Tries)
                    throw new ComputeException(exception.Status, "resourceNotReady", exception.Message, cause: exception);
                await pauses.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception exception) when (tries < timing.Tries && ComputeFault.IsUncertain(exception) && ComputeFault.IsOfRequest(exception, CancellationToken.None))
            {
                // The answer is lost. The same id gives it again.
                await pauses.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            }
            catch (ComputeException exception) when (!ComputeFault.IsUncertain(exception) && tries == 1)
            {
                machine.IsAsked = false;
                throw;
            }
        }
    }

    // False when it is gone.
    private async Task<bool> IsOwnAsync(LeaseRequest request, Candidate candidate, Launching machine)
    {
        try
        {
            Instance there = await compute.Patience.AskAsync(token => compute.Api.GetInstanceAsync(candidate.Offer.Zone!, machine.Name, token), CancellationToken.None).ConfigureAwait(false);
            if (Instances.LabelOf(there, MachineTags.Lease) == Labels.ValueOf(request.Lease))
                return true;
            machine.IsAsked = false;
            throw new NotHereException(ProvisioningFailure.Configuration, "alreadyExists", $"{candidate.Offer.Zone} has a machine {machine.Name} that is not of this lease; delete it, or give the cluster another name");
        }
        catch (ComputeException exception) when (exception.IsNotFound)
        {
            return false;
        }
    }

    private async Task<Instance> WaitAsync(Candidate candidate, Launching machine, Pauses pauses, CancellationToken cancellationToken)
    {
        while (true)
        {
            Instance now;
            try
            {
                now = await compute.Patience.AskAsync(token => compute.Api.GetInstanceAsync(candidate.Offer.Zone!, machine.Name, token), cancellationToken).ConfigureAwait(false);
            }
            catch (ComputeException exception) when (exception.IsNotFound)
            {
                throw Ended(candidate, machine, "it was deleted");
            }

            MachineState state = Instances.StateOf(now);
            if (state is not (MachineState.Starting or MachineState.Running))
                throw Ended(candidate, machine, now.StatusMessage is { Length: > 0 } why ? $"{now.Status}, {why}" : $"it is {now.Status}");
            if (state == MachineState.Running && compute.Instances.AddressOf(now) is not null)
                return now;
            if (pauses.Elapsed > timing.StartLimit)
                throw TooSlow();
            await pauses.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static NotHereException Ended(Candidate candidate, Launching machine, string how)
        => new(ProvisioningFailure.Capacity, candidate.IsSpot ? "PREEMPTED" : "ENDED", $"the machine {machine.Name} ended while it started: {how}");

    private NotHereException TooSlow()
        => new(ProvisioningFailure.Capacity, "StartTimeout", $"the machine did not run with an address within {timing.StartLimit.ToString("c", CultureInfo.InvariantCulture)}");

    // What cannot be undone is said, not hidden: it may cost money.
    private async Task<string?> UndoAsync(LeaseRequest request, Candidate candidate, Launching[] machines)
    {
        Launching[] asked = [.. machines.Where(static machine => machine.IsAsked)];
        try
        {
            await Task.WhenAll(asked.Select(machine => UndoAsync(candidate.Offer.Zone!, machine))).ConfigureAwait(false);
            names.Renew(request, candidate);
            return null;
        }
        catch (Exception exception) when (ComputeFault.IsOfRequest(exception, CancellationToken.None))
        {
            MakeFailure failure = ComputeFault.ToFailure(exception);
            return $"What was made of it, {string.Join(", ", asked.Select(static machine => machine.Name))}, may be left: {failure.Code}: {failure.Message.TrimEnd('.')}. They have the label {MachineTags.Lease}={request.Lease}";
        }
    }

    private async Task UndoAsync(string zone, Launching machine)
    {
        await compute.Termination.EndAsync(zone, machine.Name, CancellationToken.None).ConfigureAwait(false);
        if (machine.Pending is not { } operation)
            return;

        // It was not there, or not yet: once what makes it is done, it is there or never will be.
        try
        {
            await compute.Operations.WaitAsync(operation, timing.EndLimit, CancellationToken.None).ConfigureAwait(false);
        }
        catch (ComputeException)
        {
            // It has failed, as the deletion means it to.
        }

        await compute.Termination.EndAsync(zone, machine.Name, CancellationToken.None).ConfigureAwait(false);
    }
}
