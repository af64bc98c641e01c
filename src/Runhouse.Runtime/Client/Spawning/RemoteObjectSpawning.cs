using System.Runtime.CompilerServices;
using Runhouse.Runtime.Client;
using Runhouse.Runtime.Client.Spawning;

namespace Runhouse;

/// <summary>Detached calls of remote objects: <c>await tuner.SpawnAsync(tuner => tuner.TrainEpochAsync(1))</c>.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("ApiDesign", "RS0026", Justification = "The lambda says which of them is meant.")]
public static class RemoteObjectSpawning
{
    /// <summary>
    /// Makes a call that goes on without this program: the host records it before it starts, runs it, and keeps its outcome, its lines and its reports for any program that knows its id.
    /// </summary>
    /// <typeparam name="TProxy">The proxy's type.</typeparam>
    /// <typeparam name="TResult">The result's type.</typeparam>
    /// <param name="proxy">The object. It stays alive until the call has ended, whatever becomes of its handles.</param>
    /// <param name="call">Makes the one call, on its parameter. A receiver of progress that is passed gets the reports while this program waits for the result; its token is not used.</param>
    /// <param name="retention">For how long the outcome is kept after the call's end, up to a year; null for seven days.</param>
    /// <param name="cancellationToken">Stops waiting until the call is recorded; it may be recorded all the same.</param>
    /// <returns>The call, once it is recorded.</returns>
    /// <exception cref="NotSupportedException">The call cannot be detached: it has streams or references, or remote code runs in this process.</exception>
    [OverloadResolutionPriority(1)]
    public static async Task<RemoteCall<TResult>> SpawnAsync<TProxy, TResult>(
        this TProxy proxy, Func<TProxy, Task<TResult>> call, TimeSpan? retention = null, CancellationToken cancellationToken = default)
        where TProxy : RemoteObject
        => new(await RecordAsync(proxy, recording => _ = call(recording), retention, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc cref="SpawnAsync{TProxy, TResult}(TProxy, Func{TProxy, Task{TResult}}, TimeSpan?, CancellationToken)"/>
    public static async Task<RemoteCall<TResult>> SpawnAsync<TProxy, TResult>(
        this TProxy proxy, Func<TProxy, ValueTask<TResult>> call, TimeSpan? retention = null, CancellationToken cancellationToken = default)
        where TProxy : RemoteObject
        => new(await RecordAsync(proxy, recording => _ = call(recording).AsTask(), retention, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc cref="SpawnAsync{TProxy, TResult}(TProxy, Func{TProxy, Task{TResult}}, TimeSpan?, CancellationToken)"/>
    [OverloadResolutionPriority(1)]
    public static async Task<RemoteCall> SpawnAsync<TProxy>(
        this TProxy proxy, Func<TProxy, Task> call, TimeSpan? retention = null, CancellationToken cancellationToken = default)
        where TProxy : RemoteObject
        => new(await RecordAsync(proxy, recording => _ = call(recording), retention, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc cref="SpawnAsync{TProxy, TResult}(TProxy, Func{TProxy, Task{TResult}}, TimeSpan?, CancellationToken)"/>
    public static async Task<RemoteCall> SpawnAsync<TProxy>(
        this TProxy proxy, Func<TProxy, ValueTask> call, TimeSpan? retention = null, CancellationToken cancellationToken = default)
        where TProxy : RemoteObject
        => new(await RecordAsync(proxy, recording => _ = call(recording).AsTask(), retention, cancellationToken).ConfigureAwait(false));

    private static Task<SpawnedCall> RecordAsync<TProxy>(TProxy proxy, Action<TProxy> call, TimeSpan? retention, CancellationToken cancellationToken)
        where TProxy : RemoteObject
    {
        RunhouseRuntime runtime = RunhouseRuntime.Current;
        var recorder = new CallRecorder(runtime.Options.Limits);
        call((TProxy)proxy.Recording(recorder));
        return proxy.Handle.SpawnAsync(SpawnedCall.Describe(recorder.Call, retention), recorder.Call, cancellationToken);
    }
}
