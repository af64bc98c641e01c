using Runhouse.Host.Deployments;
using Runhouse.Host.Hosting;
using Runhouse.Host.Images;
using Runhouse.Host.Machines;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Workers;

/// <summary>Workers that need something in particular wait until it is free; those that nobody uses make room for them.</summary>
internal sealed partial class WorkerPool
{
    /// <summary>How many callers wait for capacity.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
                return queue.Callers;
        }
    }

    /// <summary>Ends a worker at once, with what runs in it.</summary>
    /// <param name="id">The worker.</param>
    /// <exception cref="HostRefusal">The host knows none of that id.</exception>
    public async Task KillAsync(string id)
    {
        Worker worker = Get(id);
        worker.KillOnRequest();
        await worker.Ended.ConfigureAwait(false);
    }

    /// <summary>Says of accelerators which workers hold them.</summary>
    public IReadOnlyList<AcceleratorStatus> WithHolders(IReadOnlyList<AcceleratorStatus> devices)
    {
        lock (_gate)
            return [.. devices.Select(device => device with { WorkerId = _alive.Values.FirstOrDefault(worker => worker.Holding.Devices.Contains(device.Index))?.Id })];
    }

    /// <summary>Refuses what this machine lacks altogether, whoever holds what.</summary>
    /// <param name="deployment">Where it would run.</param>
    /// <param name="demand">What is asked for.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="HostRefusal">The machine lacks it.</exception>
    public async Task CheckAsync(Deployment deployment, WorkerDemand demand, CancellationToken cancellationToken)
    {
        if (demand.Needs == Resources.None)
            return;
        if (demand.Needs.Accelerators.Count > 0)
            await LearnDevicesAsync(demand.KeyFor(deployment.Id), cancellationToken).ConfigureAwait(false);
        lock (_gate)
            CheckMachine(demand);
    }

    private async Task LearnDevicesAsync(WorkerKey key, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            // It has its devices, and the tool that tells them takes a while.
            if (_starts.TryGetValue(key, out Start? start) && IsUsable(start))
                return;
        }

        // A tool that hangs for once tells none, and those that were there before still are.
        IReadOnlyList<AcceleratorStatus> devices = await accelerators.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (devices.Count == 0)
            return;
        lock (_gate)
            capacity.SetDevices(devices);
    }

    // Under the lock, as all below that does not lock itself.
    private Start Begin(Deployment deployment, WorkerDemand demand)
    {
        ImageEnvironment? variables = demand.Environment is null ? null : environments.Get(demand.Environment);
        if (demand.Needs == Resources.None)
            return new Start(Task.Run(() => StartAsync(deployment, demand, variables, Holding.None), CancellationToken.None), Wait: null);

        CheckMachine(demand);
        if (queue.Connected >= settings.MaxWaiting && !demand.WaitsForEver)
            throw HostRefusal.Capacity($"{queue.Connected} callers wait on host '{identity.Name}' for accelerators, cores or memory, and no more may. Call again later, or run on another cluster.");
        CapacityWait wait = queue.Enter(demand.Needs, demand.IsLenient);
        return new Start(Task.Run(async () => await StartAsync(deployment, demand, variables, await wait.Granted.ConfigureAwait(false)).ConfigureAwait(false), CancellationToken.None), wait);
    }

    private void CheckMachine(WorkerDemand demand)
    {
        if (!demand.IsLenient && capacity.Lacks(demand.Needs) is { } lack)
        {
            throw HostRefusal.Capacity(
                $"Host '{identity.Name}' does not have what the code needs: {lack}. Run it on a cluster that has it, or lower the need.");
        }
    }

    private async Task WaitAsync(CapacityWait wait, Deployment deployment, WorkerDemand demand, long asked, CancellationToken cancellationToken)
    {
        try
        {
            TimeSpan patience = demand.WaitsForEver ? TimeSpan.MaxValue : demand.Wait - time.GetElapsedTime(asked);
            lock (_gate)
            {
                MakeRoom();

                // What idle workers hold is free, and takes them a moment to give back.
                if (IsRoomComing(wait) && patience < settings.StopTimeout * 2)
                    patience = settings.StopTimeout * 2;
            }

            if (!wait.Granted.IsCompleted && patience <= TimeSpan.Zero)
                throw Full(wait, deployment, demand);
            TimeSpan limit = demand.WaitsForEver ? Timeout.InfiniteTimeSpan : patience > TimeSpan.Zero ? patience : TimeSpan.Zero;
            await wait.Granted.WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw Full(wait, deployment, demand);
        }
        finally
        {
            lock (_gate)
            {
                wait.Detached -= demand.WaitsForEver ? 1 : 0;
                if (--wait.Callers == 0 && !wait.Granted.IsCompleted)
                {
                    // An adopted worker may have taken its place.
                    WorkerKey key = demand.KeyFor(deployment.Id);
                    if (_starts.TryGetValue(key, out Start? start) && start.Wait == wait)
                        _starts.Remove(key);
                    queue.Leave(wait);
                }
            }
        }
    }

    private void OnLoadChanged()
    {
        lock (_gate)
            MakeRoom();
    }

    // Ends idle workers, the longest idle first, for whom that is enough.
    private void MakeRoom()
    {
        if (_stopping)
            return;
        foreach (CapacityWait wait in queue.Waiting)
        {
            List<Holding> returned = [.. Retiring()];
            if (capacity.WouldFit(wait.Needs, wait.IsLenient, returned))
                continue;
            var victims = new List<Worker>();
            foreach (Worker worker in _alive.Values.Where(worker => worker.IsIdle && Holds(worker.Holding, wait.Lacks)).OrderByDescending(static worker => worker.ObserveIdle()))
            {
                victims.Add(worker);
                returned.Add(worker.Holding);
                if (!capacity.WouldFit(wait.Needs, wait.IsLenient, returned))
                    continue;
                foreach (Worker victim in victims)
                    _ = victim.RetireAsync(settings.StopTimeout);
                break;
            }
        }
    }

    private bool IsRoomComing(CapacityWait wait)
        => !capacity.WouldFit(wait.Needs, wait.IsLenient, []) && capacity.WouldFit(wait.Needs, wait.IsLenient, Retiring());

    private IEnumerable<Holding> Retiring() => _alive.Values.Where(static worker => worker.State is WorkerState.Draining or WorkerState.Ended).Select(static worker => worker.Holding);

    private static bool Holds(Holding holding, Scarce what)
        => (what.HasFlag(Scarce.Accelerators) && holding.Devices.Count > 0) || (what.HasFlag(Scarce.Cores) && holding.Cores > 0) || (what.HasFlag(Scarce.Memory) && holding.MemoryGiB > 0);

    private HostRefusal Full(CapacityWait wait, Deployment deployment, WorkerDemand demand)
    {
        string[] holders;
        lock (_gate)
        {
            holders =
            [
                .. _alive.Values.Where(worker => Holds(worker.Holding, wait.Lacks))
                    .Select(static worker => $"worker {worker.Id} of {worker.Deployment?.Manifest.Application} has {worker.Holding.ToResources()}"),
            ];
        }

        return HostRefusal.Capacity(
            $"Host '{identity.Name}' has no room for a worker of {deployment.Manifest.Application} that needs {demand.Needs}"
            + (demand.Wait > TimeSpan.Zero ? $", and had none within {demand.Wait.TotalSeconds:0.###} s" : "")
            + $": {(holders.Length == 0 ? "callers before this one wait for it" : string.Join("; ", holders))}. "
            + "Wait longer (RemoteOptions.WaitForCapacity), end what holds it (runhouse kill), or run on another cluster.");
    }
}
