using System.Globalization;
using Runhouse.Providers.Gcp.Api;
using Runhouse.Runtime.Choice;
using Runhouse.Runtime.Clouds;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Gcp;

/// <summary>Stops machines, whose disks stay, and starts them again.</summary>
/// <param name="compute">Compute Engine.</param>
/// <param name="timing">How long machines are waited for.</param>
internal sealed class Power(ComputeEngine compute, GcpTiming timing)
{
    /// <summary>Stops a machine, and waits until Compute Engine says that it has stopped. One that is gone is no error.</summary>
    /// <param name="zone">The zone.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Stops waiting; the machine may go on.</param>
    /// <exception cref="TimeoutException">It has not stopped.</exception>
    public async Task StopAsync(string zone, string name, CancellationToken cancellationToken)
    {
        Pauses pauses = compute.Patience.NewPauses();
        while (await FindAsync(zone, name, cancellationToken).ConfigureAwait(false) is { } now && Instances.StateOf(now) != MachineState.Stopped)
        {
            if (pauses.Elapsed > timing.EndLimit)
                throw new TimeoutException($"Compute Engine has not stopped {name} within {timing.EndLimit}");
            try
            {
                if (Instances.StateOf(now) == MachineState.Running)
                {
                    Operation operation = await compute.Patience.AskAsync(token => compute.Api.StopInstanceAsync(zone, name, token), cancellationToken).ConfigureAwait(false);
                    await compute.Operations.WaitAsync(operation, timing.EndLimit - pauses.Elapsed, cancellationToken).ConfigureAwait(false);
                    continue;
                }
            }
            catch (ComputeException exception) when (exception.IsNotFound || ComputeFault.IsLater(exception, cancellationToken))
            {
                // It is gone, or being changed: it is looked at again.
            }

            await pauses.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Starts machines where they are: all of them, running and with an address, or none that did not run before.</summary>
    /// <param name="machines">The machines.</param>
    /// <param name="cancellationToken">Stops trying; what was started is stopped again.</param>
    public async Task<MakeOutcome<IReadOnlyList<LeasedMachine>>> TryStartAsync(IReadOnlyList<LeasedMachine> machines, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Starting[] starting = [.. machines.Select(static machine => new Starting(machine))];
        Task<Instance>[] starts = [.. starting.Select(one => StartAsync(one, stop.Token))];
        Task<Instance>? failed = await Together.FindFailedAsync(starts, stop).ConfigureAwait(false);
        if (failed is null)
            return new MakeOutcome<IReadOnlyList<LeasedMachine>>([.. starts.Select(start => compute.Instances.ToMachine(start.Result))]);
        string? left = await UndoAsync([.. starting.Where(static one => one.IsAsked)]).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        MakeFailure failure = await Launch.WhyAsync(failed).ConfigureAwait(false);
        return new MakeOutcome<IReadOnlyList<LeasedMachine>>(left is null ? failure : failure with { Message = $"{failure.Message.TrimEnd('.')}. {left}" });
    }

    private async Task<Instance> StartAsync(Starting starting, CancellationToken cancellationToken)
    {
        (string zone, string name) = (starting.Machine.Zone, starting.Machine.Id);
        Pauses pauses = compute.Patience.NewPauses();
        while (true)
        {
            Instance now = await FindAsync(zone, name, cancellationToken).ConfigureAwait(false)
                ?? throw new NotHereException(ProvisioningFailure.Configuration, "notFound", $"{name} is gone, and its disk with it");
            MachineState state = Instances.StateOf(now);
            if (state == MachineState.Running && compute.Instances.AddressOf(now) is not null)
                return now;
            if (pauses.Elapsed > timing.StartLimit)
                throw new NotHereException(ProvisioningFailure.Capacity, "StartTimeout", $"the machine did not run with an address within {timing.StartLimit.ToString("c", CultureInfo.InvariantCulture)}");
            if (state == MachineState.Stopped)
            {
                if (starting.IsStarted)
                    throw new NotHereException(ProvisioningFailure.Capacity, "ENDED", $"the machine {name} stopped while it started: it is {now.Status}");
                starting.IsAsked = true;
                Operation operation = await compute.Patience.AskAsync(token => compute.Api.StartInstanceAsync(zone, name, token), cancellationToken).ConfigureAwait(false);
                try
                {
                    await compute.Operations.WaitAsync(operation, timing.StartLimit - pauses.Elapsed, cancellationToken).ConfigureAwait(false);
                }
                catch (TimeoutException)
                {
                    throw new NotHereException(ProvisioningFailure.Capacity, "StartTimeout", $"the machine did not run within {timing.StartLimit.ToString("c", CultureInfo.InvariantCulture)}");
                }

                starting.IsStarted = true;
                continue;
            }

            // One that stops can be started once it has.
            await pauses.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // Null when it is gone.
    private async Task<Instance?> FindAsync(string zone, string name, CancellationToken cancellationToken)
    {
        try
        {
            return await compute.Patience.AskAsync(token => compute.Api.GetInstanceAsync(zone, name, token), cancellationToken).ConfigureAwait(false);
        }
        catch (ComputeException exception) when (exception.IsNotFound)
        {
            return null;
        }
    }

    // What runs against the will of its lease is said, not hidden: it costs money.
    private async Task<string?> UndoAsync(Starting[] asked)
    {
        try
        {
            await Task.WhenAll(asked.Select(one => StopAsync(one.Machine.Zone, one.Machine.Id, CancellationToken.None))).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception) when (ComputeFault.IsOfRequest(exception, CancellationToken.None))
        {
            MakeFailure failure = ComputeFault.ToFailure(exception);
            return $"What was started of them, {string.Join(", ", asked.Select(static one => one.Machine.Id))}, may run: {failure.Code}: {failure.Message.TrimEnd('.')}";
        }
    }

    private sealed class Starting(LeasedMachine machine)
    {
        public LeasedMachine Machine { get; } = machine;

        public bool IsAsked { get; set; }

        public bool IsStarted { get; set; }
    }
}
