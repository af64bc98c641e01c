using System.Net;
using System.Net.Sockets;
using Runhouse.Providers.Kubernetes.Streams;
using Runhouse.Runtime.Machines;

namespace Runhouse.Providers.Kubernetes.Pods;

/// <summary>
/// A pod as a machine: commands run in its container, and its ports are reached through the API's own connections, so that nothing of it has to be open in any network. Each is a
/// connection for itself, and there is no one way that could be lost.
/// </summary>
/// <param name="api">The API.</param>
/// <param name="pod">The pod's name.</param>
/// <param name="container">The container in which commands run.</param>
internal sealed class PodMachine(ApiClient api, string pod, string container) : Machine
{
    private readonly Lock _lock = new();
    private readonly List<PodForward> _forwards = [];
    private int _generation = 1;
    private bool _isDisposed;

    /// <inheritdoc/>
    public override string Name => $"pod {pod}";

    /// <inheritdoc/>
    public override string Address => pod;

    /// <inheritdoc/>
    public override bool IsOpenable => false;

    /// <inheritdoc/>
    public override int Generation => Volatile.Read(ref _generation);

    /// <inheritdoc/>
    public override async Task<CommandResult> RunAsync(MachineCommand command, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ChannelSocket socket = await api.ExecAsync(pod, container, PodCommand.Program, cancellationToken).ConfigureAwait(false);
        using var running = new PodCommand(socket, Name);
        return await running.RunAsync(command, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override Task<IPEndPoint> ForwardAsync(int port, int localPort, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            PodForward? forward = _forwards.Find(one => one.Port == port && (localPort == 0 || one.EndPoint.Port == localPort));
            if (forward is null)
            {
                forward = new PodForward(Name, port, localPort, (to, token) => api.ForwardAsync(pod, to, token));
                _forwards.Add(forward);
            }

            return Task.FromResult(forward.EndPoint);
        }
    }

    /// <inheritdoc/>
    public override Task<Socket?> ConnectAsync(string socketPath, CancellationToken cancellationToken) => Task.FromResult<Socket?>(null);

    /// <inheritdoc/>
    public override void ForgoSockets(int since)
    {
        // It leads to none.
    }

    /// <inheritdoc/>
    public override void Abandon(int since)
    {
        PodForward[] left;
        lock (_lock)
        {
            if (_generation != since)
                return;
            _generation++;
            left = [.. _forwards];
            _forwards.Clear();
        }

        foreach (PodForward forward in left)
            forward.Dispose();
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        PodForward[] left;
        lock (_lock)
        {
            _isDisposed = true;
            left = [.. _forwards];
            _forwards.Clear();
        }

        foreach (PodForward forward in left)
            forward.Dispose();
        return ValueTask.CompletedTask;
    }
}
