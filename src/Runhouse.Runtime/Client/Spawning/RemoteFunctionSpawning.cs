using System.Runtime.CompilerServices;
using Runhouse.Runtime.Client;
using Runhouse.Runtime.Client.Spawning;

namespace Runhouse;

/// <summary>Detached calls of remote functions: <c>await Jobs.Remote.SpawnAsync(jobs => jobs.PreprocessAsync("s3://bucket/raw"))</c>.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("ApiDesign", "RS0026", Justification = "The lambda says which of them is meant.")]
public static class RemoteFunctionSpawning
{
    /// <summary>
    /// Makes a call that goes on without this program: the host records it before it starts, runs it, and keeps its outcome, its lines and its reports for any program that knows its id.
    /// </summary>
    /// <typeparam name="TFunctions">The functions.</typeparam>
    /// <typeparam name="TResult">The result's type.</typeparam>
    /// <param name="functions">What <c>Jobs.Remote</c> is, with whatever is said before the call.</param>
    /// <param name="call">Makes the one call, on its parameter. A receiver of progress that is passed gets the reports while this program waits for the result; its token is not used.</param>
    /// <param name="retention">For how long the outcome is kept after the call's end, up to a year; null for seven days.</param>
    /// <param name="cancellationToken">Stops waiting until the call is recorded; it may be recorded all the same.</param>
    /// <returns>The call, once it is recorded.</returns>
    /// <exception cref="NotSupportedException">The call cannot be detached: it has streams or references, or remote code runs in this process.</exception>
    /// <exception cref="CapacityException">The machine lacks what the code needs altogether. What others hold the call waits for, once it is recorded.</exception>
    [OverloadResolutionPriority(1)]
    public static async Task<RemoteCall<TResult>> SpawnAsync<TFunctions, TResult>(
        this TFunctions functions, Func<TFunctions, Task<TResult>> call, TimeSpan? retention = null, CancellationToken cancellationToken = default)
        where TFunctions : struct, IRemoteFunctions<TFunctions>
        => new(await RecordAsync(functions, recording => _ = call(recording), retention, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc cref="SpawnAsync{TFunctions, TResult}(TFunctions, Func{TFunctions, Task{TResult}}, TimeSpan?, CancellationToken)"/>
    public static async Task<RemoteCall<TResult>> SpawnAsync<TFunctions, TResult>(
        this TFunctions functions, Func<TFunctions, ValueTask<TResult>> call, TimeSpan? retention = null, CancellationToken cancellationToken = default)
        where TFunctions : struct, IRemoteFunctions<TFunctions>
        => new(await RecordAsync(functions, recording => _ = call(recording).AsTask(), retention, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc cref="SpawnAsync{TFunctions, TResult}(TFunctions, Func{TFunctions, Task{TResult}}, TimeSpan?, CancellationToken)"/>
    [OverloadResolutionPriority(1)]
    public static async Task<RemoteCall> SpawnAsync<TFunctions>(
        this TFunctions functions, Func<TFunctions, Task> call, TimeSpan? retention = null, CancellationToken cancellationToken = default)
        where TFunctions : struct, IRemoteFunctions<TFunctions>
        => new(await RecordAsync(functions, recording => _ = call(recording), retention, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc cref="SpawnAsync{TFunctions, TResult}(TFunctions, Func{TFunctions, Task{TResult}}, TimeSpan?, CancellationToken)"/>
    public static async Task<RemoteCall> SpawnAsync<TFunctions>(
        this TFunctions functions, Func<TFunctions, ValueTask> call, TimeSpan? retention = null, CancellationToken cancellationToken = default)
        where TFunctions : struct, IRemoteFunctions<TFunctions>
        => new(await RecordAsync(functions, recording => _ = call(recording).AsTask(), retention, cancellationToken).ConfigureAwait(false));

    private static Task<SpawnedCall> RecordAsync<TFunctions>(TFunctions functions, Action<TFunctions> call, TimeSpan? retention, CancellationToken cancellationToken)
        where TFunctions : struct, IRemoteFunctions<TFunctions>
    {
        RunhouseRuntime runtime = RunhouseRuntime.Current;
        var recorder = new CallRecorder(runtime.Options.Limits);
        call(functions.Recording(recorder));
        return runtime.Backend.SpawnAsync(recorder.Placement ?? functions.Placement, SpawnedCall.Describe(recorder.Call, retention), recorder.Call, cancellationToken);
    }
}
