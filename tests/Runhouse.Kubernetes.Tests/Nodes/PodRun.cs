using k8s;
using k8s.Models;

namespace Runhouse.Kubernetes.Nodes;

/// <summary>A pod on a node, from its start to its end, and what the API is told about it.</summary>
/// <param name="kubelet">The node's kubelet.</param>
/// <param name="pod">The pod as it was placed.</param>
internal sealed class PodRun(Kubelet kubelet, V1Pod pod)
{
    private readonly TaskCompletionSource _deleted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _evicted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DateTime _startedAt;
    private (string Reason, string Message)? _eviction;
    private TimeSpan _grace = TimeSpan.FromSeconds(30);
    private int _restarts;

    /// <summary>Its container; null while none runs.</summary>
    public Container? Container { get; private set; }

    /// <summary>What it does; completes when it is over.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>Starts it.</summary>
    public void Start() => Running = RunAsync();

    /// <summary>Has been asked to be deleted: it gets its time, and then is gone.</summary>
    /// <param name="grace">Its time.</param>
    public void Delete(TimeSpan grace)
    {
        _grace = grace;
        _deleted.TrySetResult();
    }

    /// <summary>Ends it, as a kubelet whose node has too little of something.</summary>
    /// <param name="reason">The reason that its status says.</param>
    /// <param name="message">What the status says beside it.</param>
    public void Evict(string reason, string message)
    {
        (_eviction, _grace) = ((reason, message), TimeSpan.Zero);
        _evicted.TrySetResult();
    }

    /// <summary>The node goes off, and tells nobody.</summary>
    public async Task CutAsync()
    {
        if (Container is { } container)
            await container.DisposeAsync();
        await Running;
    }

    private async Task RunAsync()
    {
        _startedAt = TimeProvider.System.GetUtcNow().UtcDateTime;
        if (await kubelet.FindObstacleAsync(pod) is { } obstacle)
            await SayAsync(obstacle);
        else
            await RunContainersAsync();

        // What has ended stays in the list until somebody takes it away.
        if (kubelet.IsCut)
            return;
        await Task.WhenAny(_deleted.Task, kubelet.Cut);
        if (!kubelet.IsCut)
            await kubelet.RemoveAsync(pod);
    }

    private async Task RunContainersAsync()
    {
        Task deadline = pod.Spec.ActiveDeadlineSeconds is { } seconds ? Task.Delay(TimeSpan.FromSeconds(seconds)) : Task.Delay(Timeout.Infinite);
        for (bool isOver = false; !isOver; _restarts++)
        {
            Container container = Container = await Container.StartAsync(kubelet.FolderOf(pod), pod);
            await kubelet.ReportAsync(pod, Status("Running", new V1ContainerState { Running = new V1ContainerStateRunning { StartedAt = _startedAt } }, isReady: true));
            Task first = await Task.WhenAny(container.Completion, _deleted.Task, _evicted.Task, deadline);
            if (first != container.Completion)
                await container.StopAsync(_grace);
            (int code, string reason) = await container.Completion;
            Container = null;
            if (kubelet.IsCut)
                return;
            isOver = first != container.Completion || pod.Spec.RestartPolicy == "Never" || (pod.Spec.RestartPolicy == "OnFailure" && code == 0);
            var ended = new V1ContainerState { Terminated = new V1ContainerStateTerminated { ExitCode = code, Reason = reason, StartedAt = _startedAt, FinishedAt = TimeProvider.System.GetUtcNow().UtcDateTime } };
            V1PodStatus status = Status(!isOver ? "Running" : code == 0 ? "Succeeded" : "Failed", ended, isReady: false);
            if (_eviction is { } eviction)
                (status.Phase, status.Reason, status.Message) = ("Failed", eviction.Reason, eviction.Message);
            else if (first == deadline)
                (status.Phase, status.Reason, status.Message) = ("Failed", "DeadlineExceeded", "Pod was active on the node longer than the specified deadline");
            await kubelet.ReportAsync(pod, status);
        }
    }

    private async Task SayAsync(PodObstacle obstacle)
    {
        V1PodStatus status = Status("Pending", Waiting(obstacle.Container == pod.Spec.Containers[0].Name ? obstacle.Reason : "ContainerCreating", obstacle.Message), isReady: false);
        if (obstacle.Container is null)
            await kubelet.WarnAsync(pod, obstacle.Reason, obstacle.Message);
        else if (obstacle.Container != pod.Spec.Containers[0].Name)
            status.ContainerStatuses.Add(new V1ContainerStatus { Name = obstacle.Container, Image = "", ImageID = "", State = Waiting(obstacle.Reason, obstacle.Message) });
        await kubelet.ReportAsync(pod, status);
        if (obstacle.Reason == "ErrImagePull" && status.ContainerStatuses is [var only])
        {
            only.State = Waiting("ImagePullBackOff", $"Back-off pulling image \"{only.Image}\"");
            await kubelet.ReportAsync(pod, status);
        }
    }

    private static V1ContainerState Waiting(string reason, string message) => new() { Waiting = new V1ContainerStateWaiting { Reason = reason, Message = message } };

    private V1PodStatus Status(string phase, V1ContainerState state, bool isReady) => new()
    {
        Phase = phase,
        StartTime = _startedAt,
        PodIP = kubelet.AddressOf(pod),
        ContainerStatuses =
        [
            new V1ContainerStatus
            {
                Name = pod.Spec.Containers[0].Name,
                Image = pod.Spec.Containers[0].Image,
                ImageID = "",
                ContainerID = $"tests://{pod.Metadata.Uid}",
                Ready = isReady,
                Started = isReady,
                RestartCount = _restarts,
                State = state,
            },
        ],
        Conditions = [.. ((string[])["Initialized", "Ready", "ContainersReady"]).Select(type => new V1PodCondition { Type = type, Status = type == "Initialized" || isReady ? "True" : "False" })],
    };
}
