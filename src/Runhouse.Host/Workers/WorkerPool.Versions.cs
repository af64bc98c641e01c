using Runhouse.Host.Deployments;

namespace Runhouse.Host.Workers;

/// <content>The workers of a deployment, and those that become another deployment's by patches.</content>
internal sealed partial class WorkerPool
{
    /// <summary>The workers that serve a deployment, whatever they hold and in whichever environments.</summary>
    public IReadOnlyList<Worker> Of(string deployment)
    {
        lock (_gate)
            return [.. _starts.Where(one => one.Key.Deployment == deployment && one.Value.Worker.IsCompletedSuccessfully && IsUsable(one.Value)).Select(static one => one.Value.Worker.Result)];
    }

    /// <summary>Has workers whose patches amount to a deployment count as its workers: its callers come to them, and those of the former one no more.</summary>
    /// <param name="former">The id of the deployment that they count as until now.</param>
    /// <param name="deployment">The deployment.</param>
    /// <param name="patches">How many patches that takes; workers that have others are left alone.</param>
    public IReadOnlyList<Worker> Adopt(string former, Deployment deployment, int patches)
    {
        var adopted = new List<Worker>();
        lock (_gate)
        {
            foreach ((WorkerKey key, Start start) in _starts.Where(one => one.Key.Deployment == former).ToArray())
            {
                WorkerKey next = key with { Deployment = deployment.Id };
                bool isServed = _starts.TryGetValue(next, out Start? other) && IsUsable(other);
                if (!start.Worker.IsCompletedSuccessfully || !IsUsable(start) || start.Worker.Result.PatchCount != patches || isServed)
                    continue;
                _starts.Remove(key);
                _starts[next] = start;
                start.Worker.Result.Become(deployment);
                adopted.Add(start.Worker.Result);
            }
        }

        return adopted;
    }
}
