using Runhouse.Host.Deployments;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Workers;

/// <content>The workers of a deployment whose code is changed while it runs, and those that become another deployment's by that.</content>
internal sealed partial class WorkerPool
{
    /// <summary>The workers that run a deployment with certain changes, whatever they hold and in whichever environments.</summary>
    /// <param name="deployment">The deployment's id.</param>
    /// <param name="changes">The changes; empty for the deployment as it is.</param>
    public IReadOnlyList<Worker> With(string deployment, string changes)
    {
        lock (_gate)
            return [.. _alive.Values.Where(worker => worker.State == WorkerState.Serving && worker.Deployment?.Id == deployment && worker.Changes == changes)];
    }

    /// <summary>
    /// Has workers whose changes amount to a deployment count as its workers: its callers come to them from now on, and no longer to those that served it so far, which
    /// keep who is attached to them.
    /// </summary>
    /// <param name="former">The id of the deployment that they count as until now.</param>
    /// <param name="deployment">The deployment.</param>
    /// <param name="changes">The changes that it takes; workers that have others are left alone.</param>
    public IReadOnlyList<Worker> Adopt(string former, Deployment deployment, string changes)
    {
        lock (_gate)
        {
            IReadOnlyList<Worker> adopted = With(former, changes);
            foreach (Worker worker in adopted)
            {
                RemoveStarts(worker);
                _starts[worker.Demand!.KeyFor(deployment.Id)] = new Start(Task.FromResult(worker), Wait: null);
                worker.Become(deployment);
            }

            return adopted;
        }
    }

    /// <summary>Has the workers of an application end soon after the last who uses them, as those of an older version do.</summary>
    /// <param name="application">The application.</param>
    public void Supersede(string application)
    {
        lock (_gate)
        {
            foreach (Worker worker in _alive.Values.Where(worker => worker.Deployment?.Manifest.Application == application))
                worker.IsSuperseded = true;
        }
    }

    // For those who name an application and have no build of it, as long as anybody is connected there: who changes it, or runs a program with it. Under the lock.
    private Worker? FindChanged(WorkerKey key) => _alive.Values.FirstOrDefault(
        worker => worker is { State: WorkerState.Serving, IsChanged: true, IsConnected: true, Deployment: { } deployment, Demand: { } demand } && demand.KeyFor(deployment.Id) == key);
}
