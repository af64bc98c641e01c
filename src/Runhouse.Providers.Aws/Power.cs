using System.Globalization;
using Amazon.EC2;
using Amazon.EC2.Model;
using Runhouse.Runtime.Choice;
using Runhouse.Runtime.Clouds;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Aws;

/// <summary>Stops machines of a region, whose disks stay, and starts them again.</summary>
/// <param name="region">The region.</param>
/// <param name="options">The options.</param>
/// <param name="timing">How long machines are waited for.</param>
internal sealed class Power(AwsRegion region, AwsOptions options, AwsTiming timing)
{
    private static readonly string[] Gone = ["shutting-down", "terminated"];

    /// <summary>Stops machines, and waits until EC2 says that they have stopped. Those that are gone are no error.</summary>
    /// <param name="ids">Their ids.</param>
    /// <param name="cancellationToken">Stops waiting; the machines may go on.</param>
    /// <exception cref="TimeoutException">EC2 does not say that they have stopped.</exception>
    public async Task StopAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        Pauses pauses = region.Patience.NewPauses();
        while (true)
        {
            IReadOnlyList<Instance> found = await region.Instances.WithIdsAsync(ids, cancellationToken).ConfigureAwait(false);
            string[] left = [.. found.Where(static one => one.State.Name != InstanceStateName.Stopped && !Gone.Contains(one.State.Name.Value)).Select(static one => one.InstanceId)];
            if (left.Length == 0)
                return;
            if (pauses.Elapsed > timing.EndLimit)
                throw new TimeoutException($"EC2 has not stopped {string.Join(", ", left.Order(StringComparer.Ordinal))} within {timing.EndLimit}");

            // One that starts can be stopped in a while.
            string[] running = [.. found.Where(static one => one.State.Name == InstanceStateName.Running).Select(static one => one.InstanceId)];
            if (running.Length > 0)
                await SendStopAsync(running, cancellationToken).ConfigureAwait(false);
            await pauses.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Starts machines where they are: all of them, running and with an address, or none that did not run before.</summary>
    /// <param name="ids">Their ids.</param>
    /// <param name="cancellationToken">Stops trying; what was started is stopped again.</param>
    public async Task<MakeOutcome<IReadOnlyList<LeasedMachine>>> TryStartAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var started = new HashSet<string>(StringComparer.Ordinal);
        MakeFailure? failure;
        try
        {
            (IReadOnlyList<LeasedMachine> machines, failure) = await StartAsync(ids, started, cancellationToken).ConfigureAwait(false);
            if (failure is null)
                return new MakeOutcome<IReadOnlyList<LeasedMachine>>(machines);
        }
        catch (Exception exception) when (AwsFault.IsOfRequest(exception, cancellationToken))
        {
            failure = AwsFault.ToFailure(exception);
        }
        catch
        {
            await UndoAsync(started).ConfigureAwait(false);
            throw;
        }

        string? left = await UndoAsync(started).ConfigureAwait(false);
        return new MakeOutcome<IReadOnlyList<LeasedMachine>>(left is null ? failure : failure with { Message = $"{failure.Message.TrimEnd('.')}. {left}" });
    }

    private async Task<(IReadOnlyList<LeasedMachine> Machines, MakeFailure? Failure)> StartAsync(IReadOnlyList<string> ids, HashSet<string> started, CancellationToken cancellationToken)
    {
        Pauses pauses = region.Patience.NewPauses();
        while (true)
        {
            IReadOnlyList<Instance> found = await region.Instances.WithIdsAsync(ids, cancellationToken).ConfigureAwait(false);
            if (found.Count < ids.Count || found.Any(static one => Gone.Contains(one.State.Name.Value)))
                return ([], new MakeFailure(ProvisioningFailure.Configuration, "InvalidInstanceID.NotFound", $"{string.Join(", ", ids.Except(found.Where(static one => !Gone.Contains(one.State.Name.Value)).Select(static one => one.InstanceId)))} is gone, and its disk with it"));
            if (found.FirstOrDefault(one => started.Contains(one.InstanceId) && HasDied(one)) is { } dead)
                return ([], AwsFault.OfStateReason(dead.StateReason.Code, dead.StateReason.Message ?? "the machine stopped while it started"));
            if (found.All(one => one.State.Name == InstanceStateName.Running && Instances.AddressOf(one, options.UsePrivateAddress) is not null))
                return ([.. found.Select(one => region.Instances.ToMachine(one, options.UsePrivateAddress)).OrderBy(static machine => machine.Index)], null);
            if (pauses.Elapsed > timing.StartLimit)
                return ([], new MakeFailure(ProvisioningFailure.Capacity, "StartTimeout", $"the machines did not run with an address within {timing.StartLimit.ToString("c", CultureInfo.InvariantCulture)}"));

            // One that stops can be started once it has. A list may still show one as stopped that was just started.
            string[] stopped = [.. found.Where(one => one.State.Name == InstanceStateName.Stopped && !started.Contains(one.InstanceId)).Select(static one => one.InstanceId)];
            if (stopped.Length > 0)
            {
                // Before, as the answer may be lost.
                started.UnionWith(stopped);
                await region.Patience.AskAsync(token => region.Client.StartInstancesAsync(new StartInstancesRequest([.. stopped]), token), cancellationToken).ConfigureAwait(false);
            }

            await pauses.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // The reason of one that was stopped by its user, or by itself, is the client's; that of one that EC2 could not start is the server's.
    private static bool HasDied(Instance instance)
        => instance.State.Name.Value is "stopping" or "stopped" && instance.StateReason?.Code?.StartsWith("Server.", StringComparison.Ordinal) == true;

    // What runs against the will of its lease is said, not hidden: it costs money.
    private async Task<string?> UndoAsync(HashSet<string> started)
    {
        try
        {
            if (started.Count > 0)
                await StopAsync([.. started], CancellationToken.None).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception) when (AwsFault.IsOfRequest(exception, CancellationToken.None))
        {
            MakeFailure failure = AwsFault.ToFailure(exception);
            return $"What was started of them, {string.Join(", ", started)}, may run: {failure.Code}: {failure.Message.TrimEnd('.')}";
        }
    }

    private async Task SendStopAsync(string[] ids, CancellationToken cancellationToken)
    {
        try
        {
            await region.Patience.AskAsync(token => region.Client.StopInstancesAsync(new StopInstancesRequest([.. ids]), token), cancellationToken).ConfigureAwait(false);
        }
        catch (AmazonEC2Exception exception) when (exception.ErrorCode == "IncorrectInstanceState" || AwsFault.IsNotFound(exception, "InvalidInstanceID"))
        {
            // Its state has changed since it was looked at: it is looked at again.
        }
    }
}
