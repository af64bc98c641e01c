namespace Runhouse.Kubernetes.Nodes;

/// <summary>What keeps the containers of a pod from being made.</summary>
/// <param name="Container">The container that waits for it; null where all do, which an event says.</param>
/// <param name="Reason">The reason, as a kubelet has it.</param>
/// <param name="Message">What it says beside that.</param>
internal sealed record PodObstacle(string? Container, string Reason, string Message);
